/// The connectionist temporal classification loss, `-log P(labels | logits)` in nats.
///
/// ```swift
/// let ctc = CTCLoss(blank: 0)
/// let layout = try LogitsLayout(batch: 2, time: 50, vocabulary: 30, lengths: [50, 42])
/// let (losses, gradient) = try ctc.lossesAndGradient(
///   logits, layout: layout, labels: [[3, 1, 4], [1, 5]])
/// ```
///
/// A path has one token for each frame. The probability of the labels is the sum, over all paths that collapse to them,
/// of the product of the tokens' probabilities. For every element type, these sums are `Double`s with separate
/// exponents. The exponentials of `Double` logits are `Double`s, with relative errors of about 1e-16 a frame. Those of
/// other types are `Float`s, with errors of about 1e-7 a frame that partly cancel: at 4,000 frames a loss has a
/// relative error of 2e-9, a derivative an error of 5e-7 (see the numerics guide).
///
/// All methods treat edge cases alike:
///
/// | case | result |
/// |---|---|
/// | too few frames for the labels, or a needed token is impossible | loss `+inf`, derivatives 0 |
/// | empty labels | `-Σ log p(blank)` |
/// | no frames | 0 for empty labels, else `+inf` |
/// | frames past a sample's length | never read; derivatives exactly 0 |
/// | logits of `-inf` | probability exactly 0; a row of `-inf` alone gives NaN for that sample |
/// | NaN or `+inf` in a valid frame | NaN for that sample alone |
/// | a loss above 3e15 nats | correct, but its derivatives and posteriors are NaN |
/// | bad sizes, labels, lengths, blank | ``InputError`` before any work |
///
/// The loss of logits is never negative and never `-0.0`. Log-probabilities are not normalized again: where a row sums
/// to more than one, even by rounding alone, the loss may be negative.
///
/// On one kind of processor, results are the same to the bit for any number of threads and any batch around a sample.
/// Sampled alignments depend on the sample's index too. Processors with and without AVX2 round differently.
///
/// Sources: Graves et al., "Connectionist Temporal Classification", ICML 2006, equations 5 to 16 for the recursion;
/// ``CTCTopology`` for how paths collapse.
public struct CTCLoss: Sendable, Equatable {
  /// The blank's index, anywhere in the vocabulary.
  public var blank: Int
  /// How paths collapse to labels.
  public var topology: CTCTopology
  /// Whether the input is logits or log-probabilities. Derivatives are with respect to the input.
  public var inputs: CTCInputs
  /// The maximum number of threads; `nil` for one per processor.
  public var threads: Int?

  /// A loss; nothing is checked until it sees a batch.
  ///
  /// - Parameters:
  ///   - blank: The blank's index in the vocabulary.
  ///   - topology: How paths collapse to labels.
  ///   - inputs: Whether the input is logits or log-probabilities.
  ///   - threads: The maximum number of threads; one per processor by default.
  public init(
    blank: Int = 0, topology: CTCTopology = .classic, inputs: CTCInputs = .logits,
    threads: Int? = nil
  ) {
    self.blank = blank
    self.topology = topology
    self.inputs = inputs
    self.threads = threads
  }

  /// Writes each sample's loss into `losses`, `[batch]`.
  ///
  /// Time O(frames · (vocabulary + labels)) a sample; memory O(frames + labels + vocabulary) a thread.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - losses: `[batch]`, overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` where a size, label, length or the blank does not fit.
  @specialized(where Element == Float)
  public func losses<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch,
    into losses: inout MutableSpan<Double>, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkCount("losses", losses.count, needed: layout.batch)
    try losses.withUnsafeMutableBufferPointer { (losses) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try CTCBatch(self, logits, layout, labels, workspace: workspace)
        // Safe: only the thread that has the sample writes its loss.
        nonisolated(unsafe) let losses = losses
        batch.forEachSample { losses[$1] = batch.loss($1, $0) }
      }
    }
  }
}
