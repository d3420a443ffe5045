import CLibrary
import LossKernelInterface

/// The label sequences of one utterance, with the few columns of the vocabulary that they use.
///
/// If the weights of the sequences' gradients add up to zero, the softmax cancels; in differences
/// of their losses, the normalizer cancels. The sequences are therefore computed with `[frames,
/// columns]` of the logits as if these were all logits: with the same recursions and kernels, at a
/// cost that does not depend on the vocabulary. Exponentials are computed once for all sequences.
///
/// It uses the workspace's memory, and is valid until another one is made there.
struct HypothesisColumns<Element: LogitElement> {
  /// The vocabulary index of each column; column 0 is the blank.
  let tokens: [Int32]
  let frames: Int
  let sequences: Range<Int>
  private let workspace: CTCWorkspace
  private let batch: CTCBatch<Element>
  /// The exponentials `exp(logit - the frame's largest)`, `[frames, columns]`.
  private let numerators: UnsafeMutablePointer<Element>
  /// The sum of the logarithms of the rows' sums of exponentials.
  private var logNormalizer = 0.0

  /// The number of entries of `[frames, columns]`.
  var count: Int { frames * tokens.count }

  /// Copies the columns of a sample, whose sequences have been checked.
  ///
  /// O(frames · columns + labels + vocabulary).
  init<Source: LogitElement>(
    _ source: StridedBuffer<Source>, _ sample: Int, _ loss: CTCLoss,
    sequences: some Collection<ArraySlice<Int>>, _ workspace: CTCWorkspace
  ) {
    var offsets = [0]
    var labels: [Int] = []
    for sequence in sequences {
      labels += sequence
      offsets.append(labels.count)
    }
    let columns = TargetColumns(
      labels, blank: loss.blank, vocabulary: source.layout.vocabulary)
    tokens = columns.tokens
    for index in labels.indices { labels[index] = Int(columns.column(of: labels[index])) }
    self.workspace = workspace
    self.sequences = 0..<sequences.count
    frames = source.layout.lengths[sample]
    let count = frames * tokens.count
    numerators = workspace.columnMemory.numerators.reserve(Element.self, count: count)
    batch = CTCBatch(
      CTCLoss(topology: loss.topology),
      sharing: UnsafeBufferPointer(
        start: workspace.columnMemory.logits.reserve(Element.self, count: count), count: count),
      frames: frames, vocabulary: tokens.count,
      LabelBatch(concatenated: labels, offsets: offsets))
    readLogits(source, sample)
  }

  private mutating func readLogits<Source: LogitElement>(
    _ source: StridedBuffer<Source>, _ sample: Int
  ) {
    let numerators = StridedBuffer(
      UnsafeMutableBufferPointer(start: numerators, count: count), batch.layout)
    // Numbers that lack digits go to the general engine, and so do numbers that became zero.
    let smallest = Element.unitRoundoff < Float.unitRoundoff ? 0x1p-1022 : 0x1p-126
    source.forEachGathered(sample, 0..<frames, tokens) { frame, row in
      batch.logits.write(0, frame, from: row)
      let largest = largestNumber(row, count: tokens.count) ?? 0
      // If all values are `-inf` there is no path, whatever the divisor.
      guard largest > -.infinity else {
        row.update(repeating: 0, count: tokens.count)
        numerators.write(0, frame, from: row)
        return
      }
      var sums = SIMD8<Double>.zero
      forEachExponential(row, count: tokens.count, minus: largest) { first, count, values in
        sums += values
        let values = values.replacing(with: 0, where: values .< smallest)
        if count == 8 {
          UnsafeMutableRawPointer(row + first).storeBytes(of: values, as: SIMD8<Double>.self)
        } else {
          for lane in 0..<count { row[first + lane] = values[lane] }
        }
      }
      logNormalizer += log(sums.sum())
      numerators.write(0, frame, from: row)
    }
  }

  /// The loss of a sequence, up to a term that all sequences have in common; `+inf` if there is no
  /// path.
  func loss(_ sequence: Int) -> Double {
    if let loss = batch.kernelLoss(sequence, workspace, shared: shared()) {
      return loss + logNormalizer
    }
    batch.prepare(workspace, sequence)
    let loss = workspace.loss(batch.lattice(sequence, workspace))
    // The logits have a softmax, so NaN means that all of these columns are impossible in a frame.
    return loss.isNaN ? .infinity : loss
  }

  /// Memory of `[frames, columns]` zeros.
  func zeros() -> UnsafeMutablePointer<Double> {
    let sums = workspace.columnMemory.sums.reserve(Double.self, count: count)
    sums.update(repeating: 0, count: count)
    return sums
  }

  /// Adds `weight` times the posteriors of a sequence to `posteriors`. Returns its loss like
  /// ``loss(_:)``.
  @discardableResult
  func addPosteriors(
    _ sequence: Int, times weight: Double, to posteriors: UnsafeMutablePointer<Double>
  ) -> Double {
    if let loss = batch.kernelLoss(
      sequence, workspace, shared: shared(posteriors: posteriors, factor: weight))
    {
      return loss + logNormalizer
    }
    batch.prepare(workspace, sequence)
    let own = workspace.zeroOccupancies()
    let outcome = workspace.addOccupancies(batch.lattice(sequence, workspace), to: own)
    guard !workspace.isInvalid, outcome.posterior != .none else { return .infinity }
    for frame in 0..<frames {
      for (column, token) in workspace.tokens.lazy.map(Int.init).enumerated() {
        posteriors[frame * tokens.count + token] +=
          outcome.factor * weight * own[frame * workspace.columnCount + column]
      }
    }
    return outcome.loss
  }

  /// The weighted sum of the sequences' posteriors.
  func sum(of weights: [Double]) -> UnsafePointer<Double> {
    let sums = zeros()
    for (sequence, weight) in weights.enumerated() where weight != 0 {
      addPosteriors(sequence, times: weight, to: sums)
    }
    return UnsafePointer(sums)
  }

  /// Adds `weight` times the derivative of a sequence's posteriors along a direction to `tangents`,
  /// up to a term that cancels if the weights add up to zero.
  func addTangents(
    _ sequence: Int, along direction: StridedBuffer<Element>, times weight: Double,
    to tangents: UnsafeMutablePointer<Double>
  ) {
    let product = StridedBuffer(
      UnsafeMutableBufferPointer(
        start: workspace.columnMemory.products.reserve(Element.self, count: count), count: count),
      batch.layout)
    batch.hessianVectorProduct(sequence, workspace, direction, into: product)
    product.forEachRow(frames, width: tokens.count) { frame, row in
      let tangents = tangents + frame * tokens.count
      for column in tokens.indices { tangents[column] -= weight * row[column] }
    }
  }

  /// The same columns of another array of the logits' shape.
  func columns<Source: LogitElement>(
    of source: StridedBuffer<Source>, _ sample: Int
  ) -> StridedBuffer<Element> {
    let columns = StridedBuffer(
      UnsafeMutableBufferPointer(
        start: workspace.columnMemory.directions.reserve(Element.self, count: count), count: count),
      batch.layout)
    source.forEachGathered(sample, 0..<frames, tokens) { columns.write(0, $0, from: $1) }
    return columns
  }

  /// The sum of the products of posteriors and a direction.
  func slope(
    _ posteriors: UnsafePointer<Double>, along direction: StridedBuffer<Element>
  ) -> Double {
    var slope = 0.0
    direction.forEachRow(frames, width: tokens.count) { frame, row in
      let posteriors = posteriors + frame * tokens.count
      // The direction does not matter for tokens that no path emits.
      for column in tokens.indices where posteriors[column] != 0 {
        slope += posteriors[column] * row[column]
      }
    }
    return slope
  }

  /// The results of one pass over the sequences: their probabilities divided by that of the first
  /// possible one (`shares`), and `sums[i]`: with the posteriors γ, the pairs of `Σ share · (risk -
  /// first risk) · γ` and `Σ share · γ`. `nil` if a ratio is too large.
  func sharesAndSums(
    risks: [Double]
  ) -> (shares: [Double], first: Int, sums: UnsafeMutablePointer<Double>)? {
    let sums = workspace.columnMemory.sums.reserve(Double.self, count: 2 * count)
    sums.update(repeating: 0, count: 2 * count)
    var shares = [Double](repeating: 0, count: sequences.count)
    var first: (sequence: Int, share: BandSample.Share)?
    for sequence in sequences {
      var task = BandSample.Shared(numerators: numerators, posteriors: sums)
      task.share = first?.share ?? BandSample.Share(mantissa: 0, exponent: 0)
      task.factor = first.map { risks[sequence] - risks[$0.sequence] } ?? 0
      let loss = batch.kernelLoss(sequence, workspace, shared: task) { outcome in
        guard outcome.outcome == .done else { return }
        shares[sequence] = outcome.shared?.share?.value ?? 0
        if first == nil {
          first = (
            sequence,
            BandSample.Share(mantissa: outcome.mantissa, exponent: outcome.exponent)
          )
        }
      }
      // Beyond the kernels' range: the general engine computes it in two passes.
      guard loss != nil, shares[sequence] < .infinity else { return nil }
    }
    return first.map { (shares, $0.sequence, sums) }
  }

  private func shared(
    posteriors: UnsafeMutablePointer<Double>? = nil, factor: Double = 1
  ) -> BandSample.Shared {
    var shared = BandSample.Shared(numerators: numerators, posteriors: posteriors)
    shared.factor = factor
    return shared
  }
}

extension StridedBuffer {
  /// Calls `body` with a copy of some columns of each row.
  fileprivate func forEachGathered(
    _ sample: Int, _ frames: Range<Int>, _ columns: [Int32],
    _ body: (_ frame: Int, _ row: UnsafeMutablePointer<Double>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: columns.count) { row in
      guard let row = row.baseAddress else { return }
      columns.withUnsafeBufferPointer { columns in
        for frame in frames {
          gather(
            sample, frame..<frame + 1, columns: columns, into: row, stride: columns.count)
          body(frame, row)
        }
      }
    }
  }

  /// Calls `body` with each of the first sample's rows, widened.
  fileprivate func forEachRow(
    _ frames: Int, width: Int, _ body: (_ frame: Int, _ row: UnsafePointer<Double>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { row in
      guard let row = row.baseAddress else { return }
      for frame in 0..<frames {
        read(0, frame, into: row)
        body(frame, row)
      }
    }
  }
}
