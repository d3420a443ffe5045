/// The connectionist temporal classification loss, `-log P(labels | logits)` in nats.
///
/// ```swift
/// let ctc = CTCLoss(blank: 0)
/// let layout = try LogitsLayout(batch: 2, time: 50, vocabulary: 30, lengths: [50, 42])
/// let (losses, gradient) = try ctc.lossesAndGradient(
///   logits, layout: layout, labels: [[3, 1, 4], [1, 5]])
/// ```
///
/// The probability is the sum, over all paths of one token a frame that collapse to the labels, of
/// the product of the tokens' probabilities. Sums over paths are computed in `Double` with exponents
/// beside, whatever the element type; softmax numerators in `Double` for logits of `Double`, where
/// errors are about 1e-16 a frame relative to the probability, and in `Float` for the other types, where
/// they are about 1e-7 a frame, not all the same way: a loss is off by 2e-9 of itself, a derivative by
/// 5e-7 (4,000 frames; see the numerics guide).
///
/// Edges, decided once for every method:
///
/// | case | result |
/// |---|---|
/// | too few frames for the labels, or a needed token is impossible | loss `+inf`, derivatives 0 |
/// | empty labels | `-Σ log p(blank)` |
/// | no frames | 0 for empty labels, else `+inf` |
/// | frames past a sample's length | never read; derivatives exactly 0 |
/// | logits of `-inf` | probability exactly 0; a row of nothing else gives NaN for that sample |
/// | NaN or `+inf` in a valid frame | NaN for that sample alone |
/// | a loss beyond 3e15 nats | right, but its derivatives and posteriors are NaN |
/// | bad sizes, labels, lengths, blank | ``InputError`` before any work |
///
/// The loss of logits is never negative and never `-0.0`. Log-probabilities are not renormalised:
/// where rows sum to more than one, if only by their own rounding, the loss may be negative.
///
/// Results are the same to the bit for any number of threads and any batch around a sample (but for
/// sampled alignments, which depend on a sample's place too), on one kind of processor: one with AVX2
/// rounds otherwise than one without.
///
/// Sources: Graves et al., "Connectionist Temporal Classification", ICML 2006, for the recursion
/// (equations 5 to 16); ``CTCTopology`` for how paths collapse.
public struct CTCLoss: Sendable, Equatable {
  /// The blank's index, anywhere in the vocabulary.
  public var blank: Int
  /// How paths collapse to labels.
  public var topology: CTCTopology
  /// Whether the input is logits or log-probabilities, and so what the gradient is taken w.r.t.
  public var inputs: CTCInputs
  /// The largest number of threads to use; `nil` for one a processor.
  public var threads: Int?

  /// A loss; nothing is checked until it sees a batch.
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
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs``
  ///     says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than the blank.
  ///   - losses: `[batch]`, overwritten.
  ///   - workspace: Memory that later calls use again; without one, each call has its own.
  /// - Throws: ``InputError`` where a size, label, length or the blank does not fit.
  @specialized(where Element == Float)
  public func losses<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch,
    into losses: inout MutableSpan<Double>, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkCount("losses", losses.count, layout.batch)
    try losses.withUnsafeMutableBufferPointer { (losses) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try CTCBatch(self, logits, layout, labels, workspace: workspace)
        // Safe: each loss is written by the thread that has its sample, and by no other.
        nonisolated(unsafe) let losses = losses
        batch.forEachSample { losses[$1] = batch.loss($1, $0) }
      }
    }
  }

  /// Writes each sample's loss into `losses` and its derivatives into `gradient`.
  ///
  /// The gradient is `softmax - occupancy` for logits, `-occupancy` for log-probabilities, where the
  /// occupancy is the posterior probability that the frame emits the token. Its layout is that of
  /// the logits, or `gradientLayout`; only elements that the layout names are written.
  ///
  /// Time O(frames · (vocabulary + labels)) a sample; memory O(frames · labels) a thread, above four million
  /// of those O(√frames · labels + frames).
  ///
  /// - Parameters:
  ///   - logits: As for ``losses(_:layout:labels:into:workspace:)``.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than the blank.
  ///   - weights: `[batch]`, what each sample's gradient is multiplied by; 1 unless given. Not the
  ///     losses.
  ///   - losses: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs.
  ///   - gradientLayout: Where the gradient goes, if not as the logits lie.
  ///   - workspace: As for ``losses(_:layout:labels:into:workspace:)``.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where the gradient does not
  ///   fit its layout or two of its elements share memory.
  @specialized(where Element == Float)
  public func lossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch,
    weights: [Double]? = nil, losses: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkCount("losses", losses.count, layout.batch)
    try checkCount("weights", weights?.count ?? layout.batch, layout.batch)
    try losses.withUnsafeMutableBufferPointer { (losses) throws(InputError) in
      try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          try CTCBatch(self, logits, layout, labels, workspace: workspace).lossesAndGradient(
            into: gradient, gradientLayout ?? layout, weights: weights, losses: losses)
        }
      }
    }
  }
}
