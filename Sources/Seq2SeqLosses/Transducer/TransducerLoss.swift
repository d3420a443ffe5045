/// The transducer loss (RNN-T and its family), `-log P(labels | logits)` in nats, from the joiner's logits.
///
/// ```swift
/// let loss = TransducerLoss(blank: 0)
/// let layout = try JoinerLayout(batch: 2, time: 50, positions: 9, vocabulary: 30, lengths: [50, 42])
/// let (losses, gradient) = try loss.lossesAndGradient(
///   logits, layout: layout, labels: [[3, 1, 4], [1, 5, 9, 2, 6, 5, 3, 5]])
/// ```
///
/// The probability is the sum, over all paths from no frame and no label to all of both, of the product of the
/// probabilities of their moves, each from the row at the frame and the position that it leaves. Which moves there
/// are, ``topology`` says. Sums are of `Double`s with exponents beside, whatever the element type.
///
/// | case | result |
/// |---|---|
/// | no path, or each has a token of probability 0 | loss `+inf`, gradient 0 |
/// | empty labels | `-Σ log p(blank)` |
/// | no frames | 0 for empty labels, else `+inf` |
/// | frames and positions past a sample's | never read; gradient exactly 0 |
/// | NaN or `+inf` in a valid row, or nothing above `-inf` | NaN for that sample alone |
/// | bad sizes, labels, lengths, blank | ``InputError`` before any work |
///
/// Results are the same to the bit for any number of threads and any batch around a sample. Logits of any size are
/// right: what is out of the fast kernels' range, the general engine does.
///
/// Source: Graves, "Sequence Transduction with Recurrent Neural Networks", arXiv 1211.3711, equations 12 to 18.
public struct TransducerLoss: Sendable, Hashable {
  /// The blank's index, anywhere in the vocabulary.
  public var blank: Int
  /// How paths move.
  public var topology: TransducerTopology
  /// How rows become probabilities, and so what derivatives are w.r.t.
  public var normalization: TransducerNormalization
  /// σ of logit under-normalisation, 0 or more: each move's log-probability is this much lower, so that paths of
  /// few moves are favoured (arXiv 2211.03541 section 3.2, as NeMo has it). Not for ``standardShare``'s paths.
  public var underNormalization: Double
  /// ω, 0 to 1: the loss is `(1 - ω)` times the topology's plus ω times the standard one's on the same tokens (arXiv
  /// 2304.06795 section 3.4).
  ///
  /// This is the expectation of what NeMo does, who draws one of both for each batch; ours has no chance in it.
  public var standardShare: Double
  /// What the transcript may leave out; `nil` for nothing.
  public var wildcard: TransducerWildcard?
  /// FastEmit's λ, 0 or more: labels' shares of the tokens' gradient are multiplied by 1 + λ, the loss is not (Yu et
  /// al. 2020, arXiv 2010.11148, as NeMo defines it).
  public var fastEmit: Double
  /// The largest magnitude of the gradient's values, which are cut off there after all else; `nil` for none.
  ///
  /// This is torchaudio's and NeMo's `clamp` of the gradient w.r.t. the logits, where those are above 0.
  public var gradientLimit: Double?
  /// The largest number of threads to use; `nil` for one a processor.
  public var threads: Int?

  /// A loss; nothing is checked until it sees a batch.
  public init(
    blank: Int = 0, topology: TransducerTopology = .standard,
    normalization: TransducerNormalization = .softmax, underNormalization: Double = 0,
    standardShare: Double = 0, wildcard: TransducerWildcard? = nil, fastEmit: Double = 0,
    gradientLimit: Double? = nil, threads: Int? = nil
  ) {
    self.blank = blank
    self.topology = topology
    self.normalization = normalization
    self.underNormalization = underNormalization
    self.standardShare = standardShare
    self.wildcard = wildcard
    self.fastEmit = fastEmit
    self.gradientLimit = gradientLimit
    self.threads = threads
  }

  /// Whether the weights of all paths may add up to more than 1, so that a loss below 0 is right.
  var canExceedOne: Bool { normalization == .none || wildcard != nil }

  /// Each sample's loss, `[batch]`.
  ///
  /// Time O(frames · positions · vocabulary) a sample; memory O(frames · positions + vocabulary) a thread.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than blanks; fewer than it has positions.
  /// - Throws: ``InputError`` where a size, label, length, the blank or an option does not fit.
  public func losses<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try TransducerBatch(self, logits, layout, labels)
      return batch.map { batch.value($1, $0) }
    }
  }

  /// Each sample's loss, `[batch]`, and the gradient w.r.t. the logits, as they lie.
  ///
  /// Time and memory as for ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than blanks; fewer than it has positions.
  ///   - weights: What each sample's gradient is multiplied by, `[batch]`, after it is cut off and before it is
  ///     rounded; its loss is not. What is then beyond the element type's range is infinite.
  ///   - gradient: As many elements as the logits; those of the layout are overwritten.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``, or where the gradient has another
  ///   size, or there is not a weight a sample.
  public func lossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch, weights: [Double]? = nil,
    gradient: inout MutableSpan<Element>
  ) throws(InputError) -> [Double] {
    guard gradient.count == logits.count else {
      throw InputError("gradient", "\(gradient.count) elements for \(logits.count) logits")
    }
    return try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        try lossesAndGradient(logits, layout, labels, gradient, weights)
      }
    }
  }

  /// Each sample's loss, `[batch]`; the gradient w.r.t. the logits takes their place. No second array is needed,
  /// and a third less memory is moved.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``; the logits are then as they were.
  public func lossesAndGradient<Element: LogitElement>(
    replacing logits: inout MutableSpan<Element>, layout: JoinerLayout, labels: LabelBatch,
    weights: [Double]? = nil
  ) throws(InputError) -> [Double] {
    try logits.withUnsafeMutableBufferPointer { (logits) throws(InputError) in
      try lossesAndGradient(UnsafeBufferPointer(logits), layout, labels, logits, weights)
    }
  }

  private func lossesAndGradient<Element: LogitElement>(
    _ logits: UnsafeBufferPointer<Element>, _ layout: JoinerLayout, _ labels: LabelBatch,
    _ gradient: UnsafeMutableBufferPointer<Element>, _ weights: [Double]?
  ) throws(InputError) -> [Double] {
    let batch = try TransducerBatch(self, logits, layout, labels)
    guard weights == nil || weights?.count == layout.batch else {
      throw InputError("weights", "\(weights?.count ?? 0) for a batch of \(layout.batch)")
    }
    // Safe: a sample's gradient is written by the thread that has it, and by no other.
    nonisolated(unsafe) let gradient = gradient
    return batch.map { workspace, sample in
      batch.lossAndGradient(
        sample, workspace, into: StridedBuffer(gradient, layout.samples[sample]),
        weight: weights?[sample] ?? 1)
    }
  }
}

extension TransducerLoss {
  /// Each sample's loss, `[batch]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  public func losses<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try losses(logits.span, layout: layout, labels: labels)
  }

  /// Each sample's loss, `[batch]`, and the gradient w.r.t. the logits, as they lie.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  public func lossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch, weights: [Double]? = nil
  ) throws(InputError) -> (losses: [Double], gradient: [Element]) {
    var gradient = [Element](repeating: Element(nearest: 0), count: logits.count)
    var span = gradient.mutableSpan
    let losses = try lossesAndGradient(
      logits.span, layout: layout, labels: labels, weights: weights, gradient: &span)
    return (losses, gradient)
  }

  /// The batch's losses reduced to one number; `+inf` where one of them is infinite.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  public func loss<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch, reduction: LossReduction
  ) throws(InputError) -> Double {
    try reduction.reduce(losses(logits.span, layout: layout, labels: labels), of: labels)
  }

  /// The reduced loss and its gradient, as the logits lie; a sample of infinite loss adds no gradient.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  public func lossAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch, reduction: LossReduction
  ) throws(InputError) -> (loss: Double, gradient: [Element]) {
    guard labels.count == layout.batch else {
      throw InputError("labels", "\(labels.count) sequences for a batch of \(layout.batch)")
    }
    let weights = reduction.weights(labels)
    let (losses, gradient) = try lossesAndGradient(
      logits, layout: layout, labels: labels, weights: weights)
    return (reduction.reduce(losses, weights: weights), gradient)
  }
}
