import LossKernelInterface

/// The checked samples of a transducer, which all public functions of ``TransducerLoss`` use.
struct TransducerBatch<Element: LogitElement> {
  let loss: TransducerLoss
  let moves: TransducerMoves
  let logits: UnsafeBufferPointer<Element>
  let layout: JoinerLayout
  let labels: LabelBatch
  /// Read in the caller's thread, which may have set another build.
  let variant = KernelVariant.current
  private let workspace: LossWorkspace?

  init(
    _ loss: TransducerLoss, _ logits: UnsafeBufferPointer<Element>, _ layout: JoinerLayout,
    _ labels: LabelBatch, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try layout.check("logits", count: logits.count)
    try loss.validate(layout: layout, labels: labels)
    self.workspace = workspace
    self.loss = loss
    self.logits = logits
    self.layout = layout
    self.labels = labels
    moves = TransducerMoves(loss)
  }

  /// A sample for the general engine.
  func sample(_ index: Int) -> TransducerSample {
    let buffer = StridedBuffer(logits, layout.samples[index])
    return TransducerSample(
      loss, moves, frames: layout.lengths[index], labels: Array(labels[index]),
      columns: layout.vocabulary,
      firstPositions: layout.firstPositions.isEmpty ? [] : layout.firstPositions[index],
      positionsHeld: layout.samples[index].time,
      windows: layout.windows.isEmpty ? [] : layout.windows[index],
      read: { frame, position, row in buffer.read(frame, position, into: row) })
  }

  /// A sample's loss.
  func value(_ index: Int, _ workspace: TransducerWorkspace) -> Double {
    if let loss = kernelLoss(index, workspace, gradient: nil) { return loss }
    workspace.prepare(sample(index))
    return workspace.loss()
  }

  /// A sample's loss. Its gradient times a weight is written, possibly over the logits.
  func lossAndGradient(
    _ index: Int, _ workspace: TransducerWorkspace, into gradient: StridedBuffer<Element>,
    weight: Double = 1
  ) -> Double {
    let sample = sample(index)
    guard gradient.layout.hasStrides(of: layout.samples[index]) else {
      return copiedLossAndGradient(index, workspace, into: gradient, weight: weight)
    }
    defer { clearBeyond(sample, gradient) }
    if weight == 0 {
      let loss = value(index, workspace)
      let row = [Double](repeating: loss.isNaN ? .nan : 0, count: sample.columnCount)
      for frame in 0..<sample.frames {
        for position in sample.positions(frame) { write(row, sample, frame, position, gradient) }
      }
      return loss
    }
    if let loss = kernelLoss(index, workspace, gradient: gradient, weight: weight) { return loss }
    workspace.prepare(sample)
    return workspace.lossAndGradient(weight: weight) { frame, position, row in
      write(row, sample, frame, position, gradient)
    }
  }

  /// The same with a copy, because the kernels write a gradient with the strides of the logits.
  private func copiedLossAndGradient(
    _ index: Int, _ workspace: TransducerWorkspace, into gradient: StridedBuffer<Element>,
    weight: Double
  ) -> Double {
    let rows = layout.samples[index]
    let copy = LogitsLayout(
      rows: rows.batch, positions: rows.time, vocabulary: rows.vocabulary, offset: 0)
    var values = [Element](repeating: Element(nearest: 0), count: copy.valueCount)
    return values.withUnsafeMutableBufferPointer { values in
      let values = StridedBuffer(values, copy)
      let loss = lossAndGradient(index, workspace, into: values, weight: weight)
      copyNodes(sample(index), from: values, to: gradient)
      return loss
    }
  }

  /// Copies the rows that a sample's paths may leave, and sets the others to zero.
  func copyNodes<Source: LogitElement>(
    _ sample: TransducerSample, from source: StridedBuffer<Source>,
    to output: StridedBuffer<Element>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.vocabulary) { row in
      guard let row = row.baseAddress else { return }
      for frame in 0..<sample.frames {
        for place in 0..<sample.positions(frame).count {
          source.read(frame, place, into: row)
          output.write(frame, place, from: row)
        }
      }
    }
    clearBeyond(sample, output)
  }

  /// The layout of an array of the logits' shape: `other`, after a check that it contains all
  /// nodes, or that of the logits.
  func place(
    _ argument: String, _ other: JoinerLayout?, count: Int
  ) throws(InputError) -> JoinerLayout {
    guard let place = other else {
      guard count == logits.count else {
        throw InputError(argument, "\(count) elements for \(logits.count) logits")
      }
      return layout
    }
    try place.check(argument, count: count)
    guard (place.batch, place.vocabulary) == (layout.batch, layout.vocabulary) else {
      throw InputError(
        argument,
        "a batch of \(place.batch) and a vocabulary of \(place.vocabulary) where the logits have "
          + "\(layout.batch) and \(layout.vocabulary)")
    }
    guard place.firstPositions == layout.firstPositions else {
      throw InputError(argument, "other first positions than the logits have")
    }
    for sample in 0..<layout.batch {
      let rows = place.samples[sample]
      let frames = layout.lengths[sample]
      let positions =
        layout.firstPositions.isEmpty ? labels[sample].count + 1 : layout.samples[sample].time
      guard rows.batch >= frames, rows.time >= positions else {
        throw InputError(
          argument, sample: sample,
          "[\(rows.batch), \(rows.time)] rows where the sample has [\(frames), \(positions)]")
      }
    }
    return place
  }

  /// Writes a node's row of an array like the logits.
  func write(
    _ row: [Double], _ sample: TransducerSample, _ frame: Int, _ position: Int,
    _ output: StridedBuffer<Element>
  ) {
    row.withUnsafeBufferPointer { row in
      guard let base = row.baseAddress else { return }
      output.write(frame, position - sample.positions(frame).lowerBound, from: base)
    }
  }

  /// Sets the rows that no path leaves to zero.
  func clearBeyond(_ sample: TransducerSample, _ output: StridedBuffer<Element>) {
    let layout = output.layout
    for frame in 0..<layout.batch {
      let first = frame < sample.frames ? sample.positions(frame).count : 0
      output.clear(frame, first..<layout.time)
    }
  }

  /// One result per sample, on at most as many threads as the loss allows.
  func map<Result>(_ body: (_ workspace: TransducerWorkspace, _ sample: Int) -> Result) -> [Result]
  {
    let costs = (0..<layout.batch).map { sample in
      Double(layout.lengths[sample]) * Double(labels[sample].count + 1)
        * Double(layout.vocabulary + 16)
    }
    return SampleQueue(costs: costs, threads: loss.threads ?? SampleQueue.processorCount)
      .map(reusing: workspace, body)
  }
}
