import LossKernelInterface

extension CTCBatch {
  /// Like ``kernelLoss(_:_:gradient:along:weight:shared:found:)``, for log-probabilities of any
  /// element type.
  ///
  /// The loss does not normalize log-probabilities, so an error in one probability is an error in
  /// the loss. The relative error of `exp` in `Float` is at most 2e-7 for all values, which is an
  /// error below 1e-7 in a loss above 2.2 nats per frame. A smaller loss is computed in `Double`,
  /// in a way that loses nothing near 0.
  func logProbabilityLoss(
    _ sample: Int, _ workspace: CTCWorkspace, gradient: StridedBuffer<Element>?,
    along direction: StridedBuffer<Element>?, weight: Double
  ) -> Double? {
    let frames = layout.lengths[sample]
    // In `Double` the error is 3e-16 per frame.
    let bits = Element.kernelElement == .double ? 0x1p-10 : 3.2
    if isUnsure(sample, nats: bits / 5),
      let loss = rowLoss(
        sample, workspace, gradient: gradient, along: direction, weight: weight,
        leastBits: bits * Double(frames))
    {
      return loss
    }
    // If most tokens are needed, whole rows are faster than columns.
    if layout.vocabulary <= 2 * (sequences[groups[sample].lowerBound].count + 1) {
      return rowLoss(
        sample, workspace, gradient: gradient, along: direction, weight: weight, isCentred: true)
    }
    return columnLoss(sample, workspace, gradient: gradient, along: direction, weight: weight)
  }

  /// Whether the loss per frame may be large: in some frames, the best token has a loss of `nats`
  /// on average.
  ///
  /// This is a guess from the sample's own values, which avoids computing the losses of a confident
  /// model twice.
  private func isUnsure(_ sample: Int, nats: Double) -> Bool {
    let frames = layout.lengths[sample]
    // One row in 32 costs little compared with reading all rows.
    let chosen = stride(from: frames / 2 % 32, to: frames, by: max(32, frames / 16))
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

  /// The loss in `Double` from only the columns of the labels and the blank.
  func columnLoss(
    _ sample: Int, _ workspace: CTCWorkspace, gradient: StridedBuffer<Element>?,
    along direction: StridedBuffer<Element>?, weight: Double
  ) -> Double? {
    let frames = layout.lengths[sample]
    let labels = sequences[groups[sample].lowerBound]
    guard
      let topology = loss.topology.kernel, workspace.variant != .general,
      Element.kernelElement != nil,
      kernelsTake(frames: frames, weight: weight)
    else { return nil }
    if logits.holdsNoLogProbability(sample, 0..<frames) {
      if let gradient { fill(gradient, sample, after: .invalid) }
      return .nan
    }
    workspace.assignColumns(labels: labels, blank: loss.blank, vocabulary: layout.vocabulary)
    let columns = workspace.tokens
    let width = columns.count
    let memory = workspace.logProbabilityMemory
    func gather(_ buffer: StridedBuffer<Element>, _ memory: ScratchMemory) -> BandSample.Rows {
      let rows = memory.reserve(Double.self, count: frames * width)
      buffer.gather(sample, 0..<frames, columns: columns, into: rows, stride: width)
      return dense(rows, width)
    }
    let products = gradient.map { _ in
      memory.products.reserve(Double.self, count: frames * width)
    }
    let directions = direction.map { gather($0, memory.directions) }
    let outcome = runKernel(
      workspace, topology, .double, gather(logits, memory.values),
      gradient: products.map { dense($0, width) },
      frames: frames, vocabulary: width, blank: 0,
      labels: ArraySlice(workspace.columns(of: labels).map { Int($0) }), weight: weight
    ) { task in
      task.direction = directions
      task.isCentred = true
      if Element.kernelElement != .double { task.negligible = 0x1p-64 }
    }
    guard outcome.outcome != .wide else { return nil }
    if let gradient {
      fill(gradient, sample, after: outcome.outcome)
      if let products, outcome.outcome == .done {
        gradient.clear(sample, 0..<frames)
        gradient.scatter(sample, 0..<frames, columns: columns, from: products, stride: width)
      }
    }
    return self.loss(of: outcome)
  }
}

/// The layout of contiguous rows for a kernel.
private func dense(_ rows: UnsafeMutablePointer<Double>, _ width: Int) -> BandSample.Rows {
  BandSample.Rows(base: UnsafeMutableRawPointer(rows), frameStride: width, tokenStride: 1)
}
