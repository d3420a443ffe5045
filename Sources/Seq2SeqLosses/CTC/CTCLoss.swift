/// The connectionist temporal classification loss, `-log P(labels | logits)`, of one sample.
///
/// Values are natural logarithms and computed in `Double` with ``ExtendedRange``. Source: Graves et
/// al., "Connectionist Temporal Classification", ICML 2006.
public struct CTCLoss: Sendable {
  /// The blank's index in the vocabulary.
  public let blank: Int
  /// How paths collapse to labels.
  public let topology: CTCTopology

  /// A loss with the blank anywhere in the vocabulary.
  public init(blank: Int, topology: CTCTopology = .classic) {
    self.blank = blank
    self.topology = topology
  }

  /// The loss and its gradient w.r.t. `logits`, both `[time, vocabulary]` in row-major order.
  ///
  /// The gradient is `softmax(logits) - occupancy`. Infeasible labels: loss `+inf`, gradient 0.
  /// Empty labels: `-Σ log p(blank)`. No frames: 0 for empty labels, else `+inf`. NaN or `+inf`
  /// logits, a row of `-inf`, or logits more than 1e12 apart: NaN. O(time · (labels + vocabulary)).
  ///
  /// - Throws: ``InputError`` where `logits` is not `time * vocabulary` long, or `blank` or a label
  ///   is out of range, or a label equals the blank.
  public func lossAndGradient(
    logits: [Double], time: Int, vocabulary: Int, labels: [Int]
  ) throws(InputError) -> (loss: Double, gradient: [Double]) {
    try validate(count: logits.count, time: time, vocabulary: vocabulary, labels: labels)
    let nan = [Double](repeating: .nan, count: logits.count)
    var probabilities: [ExtendedRange] = []
    probabilities.reserveCapacity(logits.count)
    for frame in 0..<time {
      let row = logits[frame * vocabulary..<(frame + 1) * vocabulary]
      let largest = row.max() ?? -.infinity
      let numerators = row.map { ExtendedRange(exponentialOf: $0 - largest) }
      let sum = numerators.reduce(.zero, +)
      if sum.mantissa.isNaN || sum.mantissa == 0 { return (.nan, nan) }
      probabilities += numerators.map { $0 / sum }
    }
    let emission = { (frame: Int, token: Int) in probabilities[frame * vocabulary + token] }
    let lattice = topology.lattice(labels: labels, blank: blank)
    let forward = lattice.forward(frames: time, emission: emission)
    let total = lattice.total(forward, frames: time)
    if total.mantissa == 0 {
      return (.infinity, [Double](repeating: 0, count: logits.count))
    }
    let backward = lattice.backward(frames: time, emission: emission)
    var gradient = probabilities.map(\.value)
    let states = lattice.stateCount
    for frame in 0..<time {
      for state in 0..<states {
        for move in 0...min(2, state) {
          guard let token = lattice.tokens[3 * state + move] else { continue }
          let paths =
            forward[frame * states + state - move] * emission(frame, token)
            * backward[(frame + 1) * states + state]
          gradient[frame * vocabulary + token] -= (paths / total).value
        }
      }
    }
    // Rounding may carry a probability just past one; adding zero turns -0 into 0.
    return (max(0, -total.logarithm) + 0, gradient)
  }

  private func validate(
    count: Int, time: Int, vocabulary: Int, labels: [Int]
  ) throws(InputError) {
    guard time >= 0 else { throw InputError(argument: "time", problem: "\(time) is negative") }
    guard vocabulary > 0 else {
      throw InputError(argument: "vocabulary", problem: "\(vocabulary) is not positive")
    }
    let (expected, overflow) = time.multipliedReportingOverflow(by: vocabulary)
    guard !overflow, count == expected else {
      throw InputError(
        argument: "logits", problem: "\(count) values where time \(time) x vocabulary \(vocabulary)"
      )
    }
    guard (0..<vocabulary).contains(blank) else {
      throw InputError(argument: "blank", problem: "\(blank) is outside 0..<\(vocabulary)")
    }
    for (position, label) in labels.enumerated() {
      guard (0..<vocabulary).contains(label), label != blank else {
        throw InputError(
          argument: "labels",
          problem: "\(label) at position \(position) is the blank or outside 0..<\(vocabulary)")
      }
    }
  }
}
