extension CTCBatch {
  /// Writes each sequence's loss; into `gradient` goes `Σ weight · gradient` over a sample's sequences,
  /// the weights being 1 unless given.
  ///
  /// Sequences without a path add nothing, whatever their weight; a sequence whose posterior is undefined makes the
  /// whole gradient NaN.
  ///
  /// The kernels may read a logit after they wrote its gradient. If the gradient takes the place of the logits, which
  /// `isInPlace` says, a sample's gradient is made in scratch memory first.
  func lossesAndGradient(
    into gradient: UnsafeMutableBufferPointer<Element>, _ gradientLayout: LogitsLayout,
    weights: [Double]?, losses: UnsafeMutableBufferPointer<Double>, isInPlace: Bool = false
  ) throws(InputError) {
    let output = try output("gradient", gradient, gradientLayout)
    let scratchLayout =
      isInPlace
      ? LogitsLayout(shared: layout.batch, frames: layout.time, vocabulary: layout.vocabulary)
      : nil
    // Safe: a sequence's loss is written by the thread that has its sample, and by no other.
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

  /// The loss of a sample that has one sequence.
  func loss(_ sample: Int, _ workspace: CTCWorkspace) -> Double {
    if let loss = kernelLoss(sample, workspace) { return loss }
    prepare(workspace, sample)
    return workspace.loss(lattice(sample, workspace))
  }

  /// The loss of a sample that has one sequence; its gradient times `weight` is written.
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

  /// Writes the weighted sum of the gradients of a sample's sequences by the general engine, and gives each
  /// sequence's loss to `body`.
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

  /// A caller's buffer of the logits' shape, checked to hold each element once.
  func output(
    _ argument: String, _ buffer: UnsafeMutableBufferPointer<Element>, _ outputLayout: LogitsLayout
  ) throws(InputError) -> StridedBuffer<Element> {
    try check(argument, outputLayout, count: buffer.count)
    try outputLayout.checkDistinct(argument)
    return StridedBuffer(buffer, outputLayout)
  }

  /// Throws unless a buffer of `count` elements holds the logits' shape as `otherLayout` says.
  func check(
    _ argument: String, _ otherLayout: LogitsLayout, count: Int
  ) throws(InputError) {
    // Tuples, since arrays would be allocated.
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

  /// Writes `softmaxWeight · softmax - columns` (no softmax for log-probabilities) for a sample's
  /// valid frames, 0 for the others; NaN where `softmaxWeight` is.
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
