import LossKernelInterface

/// Samples of a transducer, checked: what all public functions of ``TransducerLoss`` work on.
struct TransducerBatch<Element: LogitElement> {
  let loss: TransducerLoss
  let moves: TransducerMoves
  let logits: UnsafeBufferPointer<Element>
  let layout: JoinerLayout
  let labels: LabelBatch
  /// Asked for by the caller's thread, which may have set another one.
  let variant = KernelVariant.current

  init(
    _ loss: TransducerLoss, _ logits: UnsafeBufferPointer<Element>, _ layout: JoinerLayout,
    _ labels: LabelBatch
  ) throws(InputError) {
    try loss.check(layout, labels, count: logits.count)
    self.loss = loss
    self.logits = logits
    self.layout = layout
    self.labels = labels
    moves = TransducerMoves(loss)
  }

  /// A sample as the general engine sees it.
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

  /// A sample's loss; writes all of its gradient, times a weight, which may lie where the logits do.
  func lossAndGradient(
    _ index: Int, _ workspace: TransducerWorkspace, into gradient: StridedBuffer<Element>,
    weight: Double = 1
  ) -> Double {
    let sample = sample(index)
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

  /// Sets the rows that the paths do not cross to zero.
  func clearBeyond(_ sample: TransducerSample, _ output: StridedBuffer<Element>) {
    let layout = output.layout
    for frame in 0..<layout.batch {
      let first = frame < sample.frames ? sample.positions(frame).count : 0
      output.clear(frame, first..<layout.time)
    }
  }

  /// One result a sample, on as many threads as the loss may use.
  func map<Result>(_ body: (_ workspace: TransducerWorkspace, _ sample: Int) -> Result) -> [Result]
  {
    let costs = (0..<layout.batch).map { sample in
      Double(layout.lengths[sample]) * Double(labels[sample].count + 1)
        * Double(layout.vocabulary + 16)
    }
    return SampleQueue(costs: costs, threads: loss.threads ?? SampleQueue.processorCount)
      .map(workspace: TransducerWorkspace.init, body)
  }
}
