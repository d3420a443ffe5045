extension CTCBatch {
  /// Writes the loss of each sequence, and to `gradient` the sum of `weight · gradient` over a
  /// sample's sequences. Weights are 1 by default.
  ///
  /// Sequences without a path add nothing, whatever their weight. A sequence whose posterior is
  /// undefined makes the whole gradient NaN.
  ///
  /// The kernels may read a logit after they have written its gradient. If the gradient overwrites
  /// the logits (`isInPlace`), a sample's gradient is first computed in scratch memory.
  func lossesAndGradient(
    into gradient: UnsafeMutableBufferPointer<Element>, _ gradientLayout: LogitsLayout,
    weights: [Double]?, losses: UnsafeMutableBufferPointer<Double>, isInPlace: Bool = false
  ) throws(InputError) {
    let output = try output("gradient", gradient, gradientLayout)
    let scratchLayout =
      isInPlace
      ? LogitsLayout(shared: layout.batch, frames: layout.time, vocabulary: layout.vocabulary)
      : nil
    // Safe: only the thread that has the sample writes the losses of its sequences.
    nonisolated(unsafe) let losses = losses
    forEachSample { workspace, sample in
      if let scratchLayout {
        let scratch = StridedBuffer(
          UnsafeMutableBufferPointer(
            start: workspace.gradientMemory.reserve(
              Element.self, count: layout.time * layout.vocabulary),
            count: layout.time * layout.vocabulary), scratchLayout)
        losses[sample] = lossAndGradient(
          sample, workspace, into: scratch, weight: weights?[sample] ?? 1)
        output.copy(sample, 0..<layout.time, from: scratch)
      } else if groups.isSingle {
        losses[sample] = lossAndGradient(
          sample, workspace, into: output, weight: weights?[sample] ?? 1)
      } else {
        addGradients(
          sample, workspace, into: output, weights: { weights?[$0] ?? 1 },
          body: { losses[$0] = $1 })
      }
    }
  }

  /// The loss of a sample with one sequence.
  func loss(_ sample: Int, _ workspace: CTCWorkspace) -> Double {
    if let loss = kernelLoss(sample, workspace) { return loss }
    prepare(workspace, sample)
    return workspace.loss(lattice(sample, workspace))
  }

  /// The loss of a sample with one sequence. Its gradient times `weight` is written.
  func lossAndGradient(
    _ sample: Int, _ workspace: CTCWorkspace, into output: StridedBuffer<Element>,
    weight: Double = 1
  ) -> Double {
    if let loss = kernelLoss(sample, workspace, gradient: output, weight: weight) { return loss }
    var result = 0.0
    addGradients(
      sample, workspace, into: output, weights: { _ in weight }, body: { result = $1 })
    return result
  }

  /// Writes the weighted sum of the gradients of a sample's sequences, computed by the general
  /// engine, and calls `body` with the loss of each sequence.
  private func addGradients(
    _ sample: Int, _ workspace: CTCWorkspace, into output: StridedBuffer<Element>,
    weights: (Int) -> Double, body: (_ sequence: Int, _ loss: Double) -> Void
  ) {
    prepare(workspace, sample)
    let occupancies = workspace.zeroOccupancies()
    var softmaxWeight = 0.0
    for sequence in groups[sample] {
      let weight = weights(sequence)
      let outcome = workspace.addOccupancies(
        lattice(sequence, workspace), times: weight, to: occupancies)
      if outcome.posterior != .none { softmaxWeight += outcome.factor * weight }
      body(sequence, outcome.loss)
    }
    write(sample, workspace, to: output, softmaxWeight: softmaxWeight, minus: occupancies)
  }

  /// The caller's buffer of the logits' shape. Its elements are checked to be distinct.
  func output(
    _ argument: String, _ buffer: UnsafeMutableBufferPointer<Element>, _ outputLayout: LogitsLayout
  ) throws(InputError) -> StridedBuffer<Element> {
    try check(argument, outputLayout, count: buffer.count)
    try outputLayout.checkDistinct(argument)
    return StridedBuffer(buffer, outputLayout)
  }

  /// Throws unless a buffer of `count` elements has the logits' shape in the layout `otherLayout`.
  func check(
    _ argument: String, _ otherLayout: LogitsLayout, count: Int
  ) throws(InputError) {
    // Tuples, because arrays would be allocated.
    let shape = (otherLayout.batch, otherLayout.time, otherLayout.vocabulary)
    let expected = (layout.batch, layout.time, layout.vocabulary)
    guard shape == expected else {
      throw InputError(
        argument,
        "shape [\(shape.0), \(shape.1), \(shape.2)] where the logits have "
          + "[\(expected.0), \(expected.1), \(expected.2)]")
    }
    try otherLayout.check(argument, count: count)
  }

  /// Writes `softmaxWeight · softmax - columns` (without the softmax for log-probabilities) to a
  /// sample's valid frames, and 0 to the others; NaN if `softmaxWeight` is NaN.
  func write(
    _ sample: Int, _ workspace: CTCWorkspace, to output: StridedBuffer<Element>,
    softmaxWeight: Double, minus columns: UnsafePointer<Double>
  ) {
    for frame in 0..<workspace.frames {
      if softmaxWeight.isNaN {
        output.fill(sample, frame, with: .nan)
        continue
      }
      if loss.inputs == .logits && softmaxWeight != 0 {
        workspace.readSoftmax(frame, times: softmaxWeight)
      } else {
        workspace.row.update(repeating: 0, count: layout.vocabulary)
      }
      for (column, token) in workspace.tokens.lazy.map(Int.init).enumerated() {
        workspace.row[token] -= columns[frame * workspace.columnCount + column]
      }
      output.write(sample, frame, from: workspace.row)
    }
    output.clear(sample, workspace.frames..<layout.time)
  }
}
