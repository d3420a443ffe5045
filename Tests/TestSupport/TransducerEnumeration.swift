import Foundation

/// A transducer by its definition: all paths one by one, each with its probability and the
/// derivative of its logarithm.
public struct TransducerEnumeration {
  /// The variants that can be enumerated.
  public enum Family: Sendable {
    case standard
    case monotonic
    case multiBlank([(token: Int, frames: Int)])
    case tokenAndDuration([Int])
  }
  /// How rows are converted to probabilities.
  public enum Rows: Sendable { case softmax, factored, logarithms }

  /// The variant.
  public var family: Family
  /// How rows are converted to probabilities.
  public var rows: Rows
  /// The index of the blank.
  public var blank: Int
  /// The labels to emit.
  public var labels: [Int]
  /// The number of frames.
  public var frames: Int
  /// The number of tokens; the columns of durations follow.
  public var vocabulary: Int
  /// Subtracted from the log-probability of each move.
  public var underNormalization = 0.0
  /// The factor of FastEmit.
  public var fastEmit = 0.0
  /// The weight of a jump, and whether a last blank must follow the jump.
  public var jump: (weight: Double, endsWithBlank: Bool)?
  /// Whether a node has a row.
  public var holds: (_ frame: Int, _ position: Int) -> Bool = { _, _ in true }
  /// Whether a label may be emitted in a frame.
  public var allows: (_ label: Int, _ frame: Int) -> Bool = { _, _ in true }

  /// A sample of a variant.
  public init(
    family: Family, rows: Rows, blank: Int, labels: [Int], frames: Int, vocabulary: Int
  ) {
    self.family = family
    self.rows = rows
    self.blank = blank
    self.labels = labels
    self.frames = frames
    self.vocabulary = vocabulary
  }

  /// A step of a path. It leaves a node with a token, and possibly with a duration.
  public struct Step: Hashable, Sendable {
    /// The node, and the column of the token.
    public var frame, position, token: Int
    /// The index of the duration, if there is one.
    public var duration: Int?
    /// Whether the token is the next label.
    public var isLabel: Bool
  }

  private var durations: [Int] {
    if case .tokenAndDuration(let durations) = family { durations } else { [] }
  }
  /// The number of values of a row.
  public var columns: Int { vocabulary + durations.count }

  /// All paths, each with the factor of its jumps.
  public func paths() -> [(steps: [Step], weight: Double)] {
    var paths: [(steps: [Step], weight: Double)] = []
    func walk(_ frame: Int, _ position: Int, _ steps: [Step], _ weight: Double) {
      if frame == frames {
        if position == labels.count { paths.append((steps, weight)) }
        return
      }
      if let jump {
        if frame == 0 && position == 0 && steps.isEmpty {
          for to in 1..<max(1, frames) where weight == 1 {
            walkOn(to, 0, steps, jump.weight)
          }
        }
        if position == labels.count && frame < frames - 1 {
          let end = jump.endsWithBlank ? frames - 1 : frames
          walkOn(end, position, steps, weight * jump.weight, isEnd: true)
        }
      }
      step(frame, position, steps, weight)
    }
    // The node after a jump is like any other, except that no second jump may follow at the
    // beginning.
    func walkOn(
      _ frame: Int, _ position: Int, _ steps: [Step], _ weight: Double, isEnd: Bool = false
    ) {
      if frame == frames || isEnd {
        if frame == frames {
          paths.append((steps, weight))
        } else {
          step(frame, position, steps, weight)
        }
        return
      }
      if let jump, position == labels.count && frame < frames - 1 {
        walkOn(
          jump.endsWithBlank ? frames - 1 : frames, position, steps, weight * jump.weight,
          isEnd: true)
      }
      step(frame, position, steps, weight)
    }
    func step(_ frame: Int, _ position: Int, _ steps: [Step], _ weight: Double) {
      guard holds(frame, position) else { return }
      func take(_ taken: Int, _ token: Int, _ duration: Int? = nil, isLabel: Bool) {
        let end = frame + taken
        guard end <= frames else { return }
        // A path of tokens and durations ends with a blank.
        if case .tokenAndDuration = family, isLabel, end == frames { return }
        if isLabel && !allows(position, frame) { return }
        let step = Step(
          frame: frame, position: position, token: token, duration: duration, isLabel: isLabel)
        walk(end, position + (isLabel ? 1 : 0), steps + [step], weight)
      }
      let label = position < labels.count ? labels[position] : nil
      switch family {
      case .standard:
        take(1, blank, isLabel: false)
        if let label { take(0, label, isLabel: true) }
      case .monotonic:
        take(1, blank, isLabel: false)
        if let label { take(1, label, isLabel: true) }
      case .multiBlank(let big):
        take(1, blank, isLabel: false)
        for other in big { take(other.frames, other.token, isLabel: false) }
        if let label { take(0, label, isLabel: true) }
      case .tokenAndDuration(let durations):
        for (place, duration) in durations.enumerated() {
          if duration > 0 { take(duration, blank, place, isLabel: false) }
          if let label { take(duration, label, place, isLabel: true) }
        }
      }
    }
    walk(0, 0, [], 1)
    return paths
  }

  private func softmax(_ row: [Double]) -> [Double] {
    let largest = row.max() ?? 0
    let powers = row.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The probability of a step, and the derivative of its logarithm with respect to the node's row.
  private func value(_ step: Step, _ row: [Double]) -> (probability: Double, gradient: [Double]) {
    var gradient = [Double](repeating: 0, count: row.count)
    var probability = exp(-underNormalization)
    let tokens = Array(row[..<vocabulary])
    let factor = step.isLabel ? 1 + fastEmit : 1
    switch rows {
    case .logarithms:
      probability *= exp(row[step.token])
      gradient[step.token] += factor
    case .softmax:
      let shares = softmax(tokens)
      probability *= shares[step.token]
      for token in 0..<vocabulary { gradient[token] -= factor * shares[token] }
      gradient[step.token] += factor
    case .factored:
      let blankProbability = 1 / (1 + exp(-row[blank]))
      if step.token == blank {
        probability *= blankProbability
        gradient[blank] += 1 - blankProbability
      } else {
        var others = tokens
        others[blank] = -.infinity
        let shares = softmax(others)
        probability *= (1 - blankProbability) * shares[step.token]
        for token in 0..<vocabulary { gradient[token] -= factor * shares[token] }
        gradient[step.token] += factor
        gradient[blank] -= factor * blankProbability
      }
    }
    if let duration = step.duration {
      let logits = Array(row[vocabulary...])
      if rows == .logarithms {
        probability *= exp(logits[duration])
      } else {
        let shares = softmax(logits)
        probability *= shares[duration]
        for place in logits.indices { gradient[vocabulary + place] -= shares[place] }
      }
      gradient[vocabulary + duration] += 1
    }
    return (probability, gradient)
  }

  /// The probability of a step from a node with a row.
  public func probability(_ step: Step, _ row: [Double]) -> Double { value(step, row).probability }

  /// The loss, and its gradient with respect to the rows of the nodes, keyed by (frame, position).
  /// With FastEmit, the gradient is that of FastEmit's objective, which is not the derivative of
  /// the loss.
  public func lossAndGradient(
    _ row: (_ frame: Int, _ position: Int) -> [Double]
  ) -> (loss: Double, gradient: [[Int]: [Double]]) {
    var total = 0.0
    var gradient: [[Int]: [Double]] = [:]
    var known: [Step: (probability: Double, gradient: [Double])] = [:]
    for path in paths() {
      var weight = path.weight
      for step in path.steps {
        let value = known[step] ?? value(step, row(step.frame, step.position))
        known[step] = value
        weight *= value.probability
      }
      total += weight
      for step in path.steps {
        guard let value = known[step], weight > 0 else { continue }
        let key = [step.frame, step.position]
        var sum = gradient[key] ?? [Double](repeating: 0, count: columns)
        for (column, part) in value.gradient.enumerated() { sum[column] -= weight * part }
        gradient[key] = sum
      }
    }
    return (total == 0 ? .infinity : -log(total), gradient.mapValues { $0.map { $0 / total } })
  }
}
