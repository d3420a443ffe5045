/// The transducer loss (RNN-T and its family), `-log P(labels | logits)` in nats, from the joiner's logits.
///
/// ```swift
/// let loss = TransducerLoss(blank: 0)
/// let layout = try JoinerLayout(batch: 2, time: 50, positions: 9, vocabulary: 30, lengths: [50, 42])
/// let (losses, gradient) = try loss.lossesAndGradient(
///   logits, layout: layout, labels: [[3, 1, 4], [1, 5, 9, 2, 6, 5, 3, 5]])
/// ```
///
/// A path moves from the first frame and no label to the end of both, and ``topology`` says which moves there are. The
/// probability of the labels is the sum, over all paths, of the product of the moves' probabilities. A move's probability
/// comes from the row of the frame and position that it leaves. For every element type, sums are `Double`s with separate
/// exponents.
///
/// All methods treat edge cases alike:
///
/// | case | result |
/// |---|---|
/// | no path, or each has a token of probability 0 | loss `+inf`, derivatives 0 |
/// | empty labels | `-Σ log p(blank)` |
/// | no frames | 0 for empty labels, else `+inf` |
/// | frames and positions past a sample's end | never read; derivatives exactly 0 |
/// | NaN or `+inf` in a valid row, or a row of `-inf` alone | NaN for that sample alone |
/// | bad sizes, labels, lengths, blank, options | ``InputError`` before any work |
///
/// Results are the same to the bit for any number of threads and any batch around a sample. Logits may have any
/// magnitude: a general engine computes the samples that exceed the kernels' range.
///
/// Source: Graves, "Sequence Transduction with Recurrent Neural Networks", arXiv 1211.3711, equations 12 to 18.
public struct TransducerLoss: Sendable, Hashable {
  /// The blank's index, anywhere in the vocabulary.
  public var blank: Int
  /// How paths move.
  public var topology: TransducerTopology
  /// How rows are converted to probabilities. Derivatives are with respect to the rows.
  public var normalization: TransducerNormalization
  /// σ of logit under-normalization, 0 or more, in nats: each move's log-probability is lowered by σ, which favors paths
  /// of few moves (arXiv 2211.03541 section 3.2, as in NeMo). It does not apply to the paths of ``standardShare``.
  public var underNormalization: Double
  /// ω, 0...1: the loss is `(1 - ω)` times the topology's plus ω times the standard topology's on the same tokens (arXiv
  /// 2304.06795 section 3.4).
  ///
  /// NeMo draws one of the two losses for each batch. This is the expectation of that, without randomness.
  public var standardShare: Double
  /// Which speech may be missing from the transcript; `nil` for none.
  public var wildcard: TransducerWildcard?
  /// FastEmit's λ, 0 or more: the labels' part of the gradient is multiplied by 1 + λ; the loss is not (Yu et al. 2020,
  /// arXiv 2010.11148, as NeMo defines it). It does not apply to second derivatives.
  public var fastEmit: Double
  /// The maximum magnitude of the gradient's values; `nil` for no limit. Weights multiply the limited values.
  ///
  /// This is `clamp` of torchaudio and NeMo, if it is above 0. It does not apply to second derivatives.
  public var gradientLimit: Double?
  /// The maximum number of threads; `nil` for one per processor.
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

  /// Writes each sample's loss into `losses`, `[batch]`.
  ///
  /// Time O(frames · positions · vocabulary) a sample; memory O(frames · positions + vocabulary) a thread.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  ///   - losses: `[batch]`, overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` where a size, label, length, the blank or an option does not fit.
  public func losses<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch,
    into losses: inout MutableSpan<Double>, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkCount("losses", losses.count, needed: layout.batch)
    let values = try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try TransducerBatch(self, logits, layout, labels, workspace: workspace)
      return batch.map { batch.value($1, $0) }
    }
    for sample in values.indices { losses[sample] = values[sample] }
  }
}
