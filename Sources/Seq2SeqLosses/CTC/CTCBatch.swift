/// A validated batch: the frames of each sample, with one or several label sequences.
struct CTCBatch<Element: LogitElement> {
  let loss: CTCLoss
  let layout: LogitsLayout
  /// All label sequences, those of sample 0 first.
  let sequences: LabelBatch
  let groups: SequenceGroups
  let logits: StridedBuffer<Element>
  private let workspace: LossWorkspace?

  /// One label sequence per sample.
  init(
    _ loss: CTCLoss, _ logits: UnsafeBufferPointer<Element>, _ layout: LogitsLayout,
    _ labels: LabelBatch, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkOneSequenceEach(labels, batch: layout.batch)
    try self.init(
      loss, logits, layout, sequences: labels, groups: SequenceGroups(), workspace: workspace)
  }

  /// Any number of label sequences per sample.
  init(
    _ loss: CTCLoss, _ logits: UnsafeBufferPointer<Element>, _ layout: LogitsLayout,
    hypotheses: [LabelBatch], workspace: LossWorkspace? = nil
  ) throws(InputError) {
    guard hypotheses.count == layout.batch else {
      throw InputError(
        "hypotheses", "\(hypotheses.count) lists for a batch of \(layout.batch)")
    }
    try self.init(
      loss, logits, layout,
      sequences: LabelBatch(
        hypotheses.flatMap { list in (0..<list.count).map { Array(list[$0]) } }),
      groups: SequenceGroups(counts: hypotheses.map(\.count)), workspace: workspace)
  }

  /// One sample for each sequence; all samples have the same contiguous logits. The input must have
  /// been checked.
  init(
    _ loss: CTCLoss, sharing logits: UnsafeBufferPointer<Element>, frames: Int, vocabulary: Int,
    _ sequences: LabelBatch
  ) {
    self.loss = loss
    workspace = nil
    layout = LogitsLayout(shared: sequences.count, frames: frames, vocabulary: vocabulary)
    self.sequences = sequences
    groups = SequenceGroups()
    self.logits = StridedBuffer(logits, layout)
  }

  /// One sequence per sample of some rows. The input must have been checked.
  init(_ loss: CTCLoss, _ logits: StridedBuffer<Element>, _ sequences: LabelBatch) {
    self.loss = loss
    workspace = nil
    layout = logits.layout
    self.sequences = sequences
    groups = SequenceGroups()
    self.logits = logits
  }

  private init(
    _ loss: CTCLoss, _ logits: UnsafeBufferPointer<Element>, _ layout: LogitsLayout,
    sequences: LabelBatch, groups: SequenceGroups, workspace: LossWorkspace?
  ) throws(InputError) {
    self.loss = loss
    self.workspace = workspace
    self.layout = layout
    self.sequences = sequences
    self.groups = groups
    self.logits = StridedBuffer(logits, layout)
    try layout.check(loss.inputs == .logits ? "logits" : "logProbabilities", count: logits.count)
    try loss.check(layout, sequences, groups: groups)
  }

  /// Calls `body` once per sample; the threads divide the samples.
  func forEachSample(_ body: (_ workspace: CTCWorkspace, _ sample: Int) -> Void) {
    // Threads of the pool do not inherit task-local values.
    let (variant, keptSums) = (KernelVariant.current, PrefixSumLimit.kept)
    let threads = min(loss.threads ?? SampleQueue.processorCount, layout.batch)
    if threads <= 1 {
      SubnormalNumbers.keep {
        withWorkspace(variant, keptSums) { workspace in
          for sample in 0..<layout.batch { body(workspace, sample) }
        }
      }
      return
    }
    let costs = (0..<layout.batch).map { sample in
      let states = groups[sample].reduce(1) {
        $0 + loss.topology.stateCount(labels: sequences[$1].count)
      }
      return Double(layout.lengths[sample]) * Double(layout.vocabulary + 3 * states)
    }
    SampleQueue(costs: costs, threads: threads).run { next in
      withWorkspace(variant, keptSums) { workspace in
        while let sample = next() { body(workspace, sample) }
      }
    }
  }

  private func withWorkspace(
    _ variant: KernelVariant, _ keptSums: Int, _ body: (CTCWorkspace) -> Void
  ) {
    let own = workspace?.borrow(CTCWorkspace.self) ?? CTCWorkspace()
    own.variant = variant
    own.keptSums = keptSums
    body(own)
    workspace?.giveBack(own)
  }

  /// Reads a sample's emissions into the workspace.
  func prepare(_ workspace: CTCWorkspace, _ sample: Int) {
    let rows = SampleRows(
      frames: layout.lengths[sample], vocabulary: layout.vocabulary, inputs: loss.inputs
    ) { frame, row in
      logits.read(sample, frame, into: row)
    }
    workspace.prepare(rows, labels: labels(of: sample), blank: loss.blank)
  }

  /// The results of ``forEachSample(_:)`` with prepared emissions, in the order of the samples.
  func map<Result>(_ body: (_ workspace: CTCWorkspace, _ sample: Int) -> Result) -> [Result] {
    [Result](count: layout.batch) { buffer in
      let results = buffer.baseAddress
      forEachSample { workspace, sample in
        prepare(workspace, sample)
        results.unsafelyUnwrapped.advanced(by: sample).initialize(to: body(workspace, sample))
      }
    }
  }

  /// The lattice of a label sequence over the columns of a prepared workspace.
  func lattice(_ sequence: Int, _ workspace: CTCWorkspace) -> BandLattice {
    loss.topology.lattice(labels: workspace.columns(of: sequences[sequence]), blank: 0)
  }

  private func labels(of sample: Int) -> ArraySlice<Int> {
    let group = groups[sample]
    return sequences.concatenated[
      sequences.offsets[group.lowerBound]..<sequences.offsets[group.upperBound]]
  }
}

/// The sequences that belong to each sample.
struct SequenceGroups {
  /// Sample b has the sequences `offsets[b]..<offsets[b + 1]`; `nil` if each sample has one.
  private let offsets: [Int]?

  /// One sequence per sample.
  init() { offsets = nil }

  /// `counts[b]` sequences for sample b.
  init(counts: [Int]) {
    offsets = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  }

  /// Whether there is one sequence per sample by definition, not by chance.
  var isSingle: Bool { offsets == nil }

  /// The sequences of a sample.
  subscript(sample: Int) -> Range<Int> {
    guard let offsets else { return sample..<sample + 1 }
    return offsets[sample]..<offsets[sample + 1]
  }
}
