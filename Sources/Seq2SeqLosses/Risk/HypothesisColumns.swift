/// One utterance's label sequences against the few columns of the vocabulary that they use.
///
/// What weights that add up to zero make of the sequences' gradients has no softmax in it, and differences
/// of their losses have no normaliser. So the sequences are put against `[frames, columns]` of the logits as if
/// these were all there are: the same recursions and kernels, at a price that does not depend on the vocabulary.
final class HypothesisColumns<Element: LogitElement> {
  /// The vocabulary index of each column; column 0 is the blank.
  let tokens: [Int32]
  let frames: Int
  private let batch: CTCBatch<Element>
  private let values: UnsafeMutableBufferPointer<Element>
  /// One sequence's derivatives, `[frames, columns]`.
  private let derivatives: UnsafeMutableBufferPointer<Element>

  /// The number of entries of `[frames, columns]`.
  var count: Int { values.count }
  var sequences: Range<Int> { 0..<batch.sequences.count }

  /// Copies the columns of a sample, whose sequences have been checked.
  ///
  /// O(frames · columns + labels + vocabulary).
  init<Source: LogitElement>(
    _ source: StridedBuffer<Source>, _ sample: Int, _ loss: CTCLoss,
    sequences: some Collection<ArraySlice<Int>>
  ) {
    frames = source.layout.lengths[sample]
    var columnOfToken = [Int32](repeating: -1, count: source.layout.vocabulary)
    var tokens = [Int32(loss.blank)]
    var offsets = [0]
    var labels: [Int] = []
    for sequence in sequences {
      for label in sequence {
        if columnOfToken[label] < 0 {
          columnOfToken[label] = Int32(tokens.count)
          tokens.append(Int32(label))
        }
        labels.append(Int(columnOfToken[label]))
      }
      offsets.append(labels.count)
    }
    self.tokens = tokens
    values = .allocate(capacity: frames * tokens.count)
    derivatives = .allocate(capacity: frames * tokens.count)
    derivatives.initialize(repeating: Element(nearest: 0))
    source.gather(sample, 0..<frames, tokens, into: values)
    batch = CTCBatch(
      CTCLoss(topology: loss.topology), sharing: UnsafeBufferPointer(values), frames: frames,
      vocabulary: tokens.count, LabelBatch(concatenated: labels, offsets: offsets))
  }

  deinit {
    values.deallocate()
    derivatives.deallocate()
  }

  /// The same columns of another array of the logits' shape, `[frames, columns]`.
  func columns<Source: LogitElement>(
    of source: StridedBuffer<Source>, _ sample: Int
  ) -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      source.gather(sample, 0..<frames, tokens, into: buffer)
      initialized = count
    }
  }

  /// A sequence's loss, but for what all have in common; `+inf` where no path is possible.
  func loss(_ sequence: Int, _ workspace: CTCWorkspace) -> Double {
    let loss = batch.loss(sequence, workspace)
    // The logits are known to have a softmax: it is these columns that are all impossible in a frame.
    return loss.isNaN ? .infinity : loss
  }

  /// A sequence's loss as ``loss(_:_:)``, and the slope of minus that along a direction, `[frames, columns]`,
  /// but for what all have in common; 0 where no path is possible.
  func lossAndSlope(
    _ sequence: Int, _ workspace: CTCWorkspace, along direction: [Element]
  ) -> (loss: Double, slope: Double) {
    let loss = batch.lossAndGradient(sequence, workspace, into: scratch(derivatives))
    guard loss < .infinity else { return (.infinity, 0) }
    var slope = 0.0
    for index in direction.indices {
      let derivative = derivatives[index].widened
      // What no path emits may have any direction.
      if derivative != 0 { slope -= derivative * direction[index].widened }
    }
    return (loss, slope)
  }

  /// Adds `weight` times the derivative of minus a sequence's loss, but for the softmax, to `sums`.
  func addGradient(
    _ sequence: Int, _ workspace: CTCWorkspace, times weight: Double, to sums: inout [Double]
  ) {
    guard weight != 0 else { return }
    _ = batch.lossAndGradient(sequence, workspace, into: scratch(derivatives))
    subtractDerivatives(times: weight, from: &sums)
  }

  /// Adds `weight` times what a direction, `[frames, columns]`, makes of that derivative to `sums`.
  func addProduct(
    _ sequence: Int, _ workspace: CTCWorkspace, along direction: [Element], times weight: Double,
    to sums: inout [Double]
  ) {
    guard weight != 0 else { return }
    direction.withUnsafeBufferPointer { direction in
      batch.hessianVectorProduct(
        sequence, workspace, StridedBuffer(direction, batch.layout), into: scratch(derivatives))
    }
    subtractDerivatives(times: weight, from: &sums)
  }

  private func scratch(
    _ memory: UnsafeMutableBufferPointer<Element>
  ) -> StridedBuffer<Element> { StridedBuffer(memory, batch.layout) }

  private func subtractDerivatives(times weight: Double, from sums: inout [Double]) {
    sums.withUnsafeMutableBufferPointer { sums in
      for index in sums.indices { sums[index] -= weight * derivatives[index].widened }
    }
  }
}

extension StridedBuffer {
  /// Copies some columns of rows, `[frames, columns]`, rounded to another type.
  fileprivate func gather<Target: LogitElement>(
    _ sample: Int, _ frames: Range<Int>, _ columns: [Int32],
    into target: UnsafeMutableBufferPointer<Target>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: columns.count) { row in
      guard let row = row.baseAddress, var target = target.baseAddress else { return }
      columns.withUnsafeBufferPointer { columns in
        for frame in frames {
          gather(
            sample, frame..<frame + 1, columns: columns, into: row, stride: columns.count)
          for column in columns.indices {
            (target + column).initialize(to: Target(nearest: row[column]))
          }
          target += columns.count
        }
      }
    }
  }
}
