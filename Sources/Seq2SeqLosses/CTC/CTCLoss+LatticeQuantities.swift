extension CTCLoss {
  /// The lattice quantities of each sample, as tf-seq2seq-losses' `ClassicCtcLossData` has them, `[batch]`.
  ///
  /// For a NaN sample, α, β and the derivatives are NaN. Memory O(frames · (labels + vocabulary)), with the Hessian
  /// O(frames² · vocabulary²): for study, not for training.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - hessian: Whether to compute the Hessian.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where a sample has more than 2^28
  ///   states in all frames together.
  public func latticeQuantities<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, hessian: Bool = false
  ) throws(InputError) -> [CTCLatticeQuantities] {
    try checkOneSequenceEach(labels, batch: layout.batch)
    for sample in 0..<layout.batch {
      try checkNodes(
        "labels", sample, frames: layout.lengths[sample] + 1,
        states: max(topology.stateCount(labels: labels[sample].count), layout.vocabulary))
    }
    let results = try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try CTCBatch(self, logits, layout, labels)
      return batch.map { workspace, sample in
        Result { () throws(InputError) in
          try batch.quantities(workspace, sample, hessian: hessian)
        }
      }
    }
    var quantities: [CTCLatticeQuantities] = []
    for result in results { quantities.append(try result.get()) }
    return quantities
  }

  /// The lattice quantities of each sample, `[batch]`.
  ///
  /// - Throws: ``InputError`` as the form that takes a `Span`.
  public func latticeQuantities<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, hessian: Bool = false
  ) throws(InputError) -> [CTCLatticeQuantities] {
    try logits.withSpan { (logits) throws(InputError) in
      try latticeQuantities(logits, layout: layout, labels: labels, hessian: hessian)
    }
  }
}

extension CTCWorkspace {
  /// The sample's values widened, dense `[frames, vocabulary]`.
  fileprivate func sampleValues() -> [Double] {
    var values: [Double] = []
    for frame in 0..<frames {
      sample.read(frame, row)
      values += UnsafeBufferPointer(start: row, count: sample.vocabulary)
    }
    return values
  }

  /// `log α`, `log β`, the logarithms of the occupancies, and the emissions; NaN if invalid.
  fileprivate func logVariables(
    _ lattice: BandLattice
  ) -> (alpha: [Double], beta: [Double], gradient: [Double], emissions: [ExtendedRange]) {
    let states = lattice.stateCount
    let vocabulary = sample.vocabulary
    if isInvalid {
      let nan = [Double](repeating: .nan, count: (frames + 1) * states)
      return (
        nan, nan, [Double](repeating: .nan, count: frames * vocabulary),
        [ExtendedRange](repeating: .nan, count: frames * columnCount)
      )
    }
    normalizeEmissions()
    let emissions = emissions
    // All states may be final for α and initial for β, so that no state is left out because it
    // cannot reach the end.
    var forward = prefixSums(lattice.with(finalStates: 0..<states), keepsAll: true)
    let total = lattice.finalStates.reduce(.zero) { $0 + forward[frames][$1] }
    let backward = LatticeRows<ExtendedRange>(backwardMemory, stateCount: states, kept: 2)
    var occupancies = [ExtendedRange](repeating: .zero, count: frames * vocabulary)
    lattice.forEachArc(
      frames: frames, forward: &forward, backward: backward, emission: { emissions[$0, $1] }
    ) { frame, _, _, column, paths in
      let index = frame * vocabulary + Int(tokens[column])
      occupancies[index] = occupancies[index] + paths
    }
    let logGradient: [Double] =
      switch outcome(ofTotal: total).posterior {
      case .exists: occupancies.map { ($0 / total).logarithm }
      case .none: []
      case .undefined: occupancies.map { _ in .nan }
      }
    let alpha = (0...frames).flatMap { frame in
      (0..<states).map { forward[frame][$0].logarithm }
    }
    let mirror = lattice.with(startStates: 0..<states).reversed()
    let suffixes = LatticeRows<ExtendedRange>(
      backwardMemory, stateCount: states, kept: frames + 1)
    mirror.start(suffixes)
    mirror.sweep(
      0..<frames, of: frames, suffixes, emission: { emissions[self.frames - 1 - $0, $1] })
    let beta = (0...frames).flatMap { frame in
      (0..<states).map { suffixes[frames - frame][states - 1 - $0].logarithm }
    }
    return (
      alpha, beta, logGradient,
      emissions.array(frames: frames)
    )
  }
}

extension CTCBatch {
  fileprivate func quantities(
    _ workspace: CTCWorkspace, _ sample: Int, hessian: Bool
  ) throws(InputError) -> CTCLatticeQuantities {
    let lattice = lattice(sample, workspace)
    let frames = workspace.frames
    let rows = workspace.sampleValues()
    let layout = try LogitsLayout(batch: 1, time: frames, vocabulary: layout.vocabulary)
    let labels = LabelBatch([Array(sequences[sample])])
    let (losses, gradient) = try loss.lossesAndGradient(rows, layout: layout, labels: labels)
    let secondOrder = hessian ? try loss.hessians(rows, layout: layout, labels: labels) : []
    let logs = workspace.logVariables(lattice)
    return CTCLatticeQuantities(
      frames: frames, stateCount: lattice.stateCount, vocabulary: layout.vocabulary,
      logAlpha: logs.alpha, logBeta: logs.beta, logGradient: logs.gradient, loss: losses[0],
      gradient: gradient, hessian: secondOrder, lattice: lattice, emissions: logs.emissions)
  }
}
