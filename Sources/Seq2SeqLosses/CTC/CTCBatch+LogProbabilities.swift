import CTCKernelInterface

extension CTCBatch {
  /// As ``kernelLoss(_:_:gradient:along:weight:shared:found:)``, for log-probabilities of any element type.
  ///
  /// Nothing normalizes them, so an error of any probability is an error of the loss. `exp` in `Float` is off by up to
  /// 2e-7, over all values: less than 1e-7 of a loss above 2.2 nats a frame, as of a model that knows little. A
  /// smaller loss is found in `Double`, from numbers that lose nothing near 0.
  func logProbabilityLoss(
    _ sample: Int, _ workspace: CTCWorkspace, gradient: StridedBuffer<Element>?,
    along direction: StridedBuffer<Element>?, weight: Double
  ) -> Double? {
    let frames = layout.lengths[sample]
    // In `Double` the error is 3e-16 a frame.
    let bits = Element.kernelElement == .double ? 0x1p-10 : 3.2
    if isUnsure(sample, nats: bits / 5),
      let loss = rowLoss(
        sample, workspace, gradient: gradient, along: direction, weight: weight,
        leastBits: bits * Double(frames))
    {
      return loss
    }
    return columnLoss(sample, workspace, gradient: gradient, along: direction, weight: weight)
  }

  /// Whether the loss of a frame may be large: the best token of some frames has a loss of `nats` on average.
  ///
  /// A guess from the sample's own values, so that a sure model's losses are found once, not twice.
  private func isUnsure(_ sample: Int, nats: Double) -> Bool {
    let frames = layout.lengths[sample]
    let chosen = stride(from: 0, to: frames, by: max(1, frames / 16))
    var sum = 0.0
    var count = 0.0
    for frame in chosen {
      var place: Int32 = 0
      var largest = 0.0
      _ = logits.best(sample, frame..<frame + 1, places: &place, values: &largest)
      sum += largest
      count += 1
    }
    return sum <= -nats * count
  }

  /// The loss in `Double`: the labels' columns are widened, and each frame's largest value is taken off and added up
  /// apart, so that the frame's best token has a probability of exactly 1 and no digits are lost.
  func columnLoss(
    _ sample: Int, _ workspace: CTCWorkspace, gradient: StridedBuffer<Element>?,
    along direction: StridedBuffer<Element>?, weight: Double
  ) -> Double? {
    let frames = layout.lengths[sample]
    let labels = sequences[groups[sample].lowerBound]
    guard
      workspace.variant != .general, Element.kernelElement != nil,
      kernelsTake(frames: frames, weight: weight)
    else { return nil }
    if logits.holdsNoLogProbability(sample, 0..<frames) {
      if let gradient { fill(gradient, sample, after: .invalid) }
      return .nan
    }
    workspace.assignColumns(labels: labels, blank: loss.blank, vocabulary: layout.vocabulary)
    // Where most tokens are needed, whole rows are quicker to widen than columns.
    let isWhole = layout.vocabulary <= 2 * workspace.tokens.count
    let tokens = isWhole ? Array(0..<layout.vocabulary) : workspace.tokens
    // Whole vectors.
    let width = (tokens.count + 7) & ~7
    let count = frames * width
    let columns = isWhole ? [] : tokens.map { Int32(truncatingIfNeeded: $0) }
    func widen(_ buffer: StridedBuffer<Element>, into rows: UnsafeMutablePointer<Double>) {
      if isWhole {
        buffer.read(sample, 0..<frames, into: rows, stride: width)
      } else {
        buffer.gather(sample, 0..<frames, columns: columns, into: rows, stride: width)
      }
    }
    func rows(_ base: UnsafeMutablePointer<Double>) -> KernelSample.Rows {
      KernelSample.Rows(base: UnsafeMutableRawPointer(base), frameStride: width, tokenStride: 1)
    }
    let values = workspace.logProbabilityMemory.values.reserve(Double.self, count: count)
    widen(logits, into: values)
    let isNeeded = tokens.map { workspace.columnOfToken[$0] >= 0 }
    guard let references = takeReferences(values, frames: frames, width: width, isNeeded: isNeeded)
    else { return nil }
    let directions = direction.map { direction in
      let rows = workspace.logProbabilityMemory.directions.reserve(Double.self, count: count)
      rows.update(repeating: 0, count: count)
      widen(direction, into: rows)
      return rows
    }
    let products = gradient.map { _ in
      workspace.logProbabilityMemory.products.reserve(Double.self, count: count)
    }
    let outcome = runKernel(
      workspace, .double, rows(values), gradient: products.map(rows), frames: frames,
      vocabulary: width, blank: isWhole ? loss.blank : 0,
      labels: isWhole ? labels : ArraySlice(workspace.columns(of: labels).map { Int($0) }),
      weight: weight
    ) { task in
      task.direction = directions.map(rows)
      if Element.kernelElement != .double { task.negligible = 0x1p-64 }
    }
    guard outcome.outcome != .wide else { return nil }
    if let gradient {
      fill(gradient, sample, after: outcome.outcome)
      if let products, outcome.outcome == .done {
        if isWhole {
          for frame in 0..<frames { gradient.write(sample, frame, from: products + frame * width) }
        } else {
          gradient.clear(sample, 0..<frames)
          gradient.scatter(sample, 0..<frames, columns: columns, from: products, stride: width)
        }
      }
    }
    guard outcome.outcome == .done else {
      return outcome.outcome == .infeasible ? .infinity : .nan
    }
    var logarithm = references
    logarithm.addLogarithm(mantissa: outcome.mantissa, exponent: outcome.exponent)
    let value = -logarithm.value
    // Below 0 by more than our own roundings it is the caller's rows that add up to more than one.
    return value < -Double(frames) * 0x1p-50 ? value : max(0, value)
  }
}

/// Takes off each row's largest of the values that are needed, and sets the others to `-inf`; returns the sum of what
/// has been taken off, `nil` where that is beyond the kernels' range.
private func takeReferences(
  _ values: UnsafeMutablePointer<Double>, frames: Int, width: Int, isNeeded: [Bool]
) -> CompensatedSum? {
  typealias Lanes = SIMD8<Double>
  // What is added to a row: nothing where it is needed.
  var masks = [Lanes](repeating: Lanes(repeating: -.infinity), count: width / 8)
  for column in isNeeded.indices where isNeeded[column] { masks[column / 8][column % 8] = 0 }
  var references = CompensatedSum()
  for frame in 0..<frames {
    let row = values + frame * width
    // These have not been written.
    for column in isNeeded.count..<width { row[column] = -.infinity }
    let vectors = UnsafeMutableRawPointer(row).assumingMemoryBound(to: Lanes.self)
    var largest = Lanes(repeating: -.infinity)
    for index in masks.indices {
      vectors[index] += masks[index]
      largest.replace(with: vectors[index], where: vectors[index] .> largest)
    }
    let reference = largestLane(of: largest)
    // Where all are impossible there is no path.
    if reference == -.infinity { continue }
    guard reference.magnitude <= 0x1p40 else { return nil }
    references.add(reference)
    for index in masks.indices { vectors[index] -= Lanes(repeating: reference) }
  }
  return references
}
