import ErrorRates
import Seq2SeqDecoding
import Seq2SeqLosses

/// Minimum word, character or token error rate training from logits and references: finds
/// hypotheses by beam search, computes their risks by edit distance, and returns the expected risk
/// and its gradient.
///
/// ```swift
/// let search = BeamSearchOptions(hypothesisCount: 16)
/// let risk = EditRisk(try BeamSearchDecoder(TokenVocabulary(count: 30), options: search))
/// let (values, gradient) = try risk.valuesAndGradient(logits, layout: layout, references: labels)
/// ```
///
/// The loss has the blank and the topology of the decoder. The decoder's language model and phrases
/// affect which hypotheses are found, but not their probabilities in the loss. The search accepts
/// unnormalized logits, because the missing normalization changes the scores of all hypotheses by
/// the same amount.
public struct EditRisk: Sendable {
  /// Finds the hypotheses, as many as its options say.
  public let decoder: BeamSearchDecoder
  /// How the risks of the hypotheses are combined.
  public var options: ExpectedRisk
  /// Whether the reference is added to the hypotheses, with a risk of 0, if the search has not found it.
  public var includesReference: Bool
  /// The maximum number of threads; `nil` for one per processor.
  public var threads: Int?

  /// Creates a training criterion. Spans are turned off in the search, because they are not needed.
  ///
  /// - Parameters:
  ///   - decoder: Finds the hypotheses. Its blank and topology are also those of the loss.
  ///   - options: How the risks of the hypotheses are combined.
  ///   - includesReference: Whether the reference is added to the hypotheses if the search does not
  ///     find it.
  ///   - threads: The maximum number of threads, by default the number of processor cores. It does
  ///     not change the results.
  public init(
    _ decoder: BeamSearchDecoder, options: ExpectedRisk = ExpectedRisk(),
    includesReference: Bool = false, threads: Int? = nil
  ) {
    self.decoder = decoder
    self.options = options
    self.includesReference = includesReference
    self.threads = threads
  }

  /// The loss that gives the hypotheses their probabilities.
  public var loss: CTCLoss {
    CTCLoss(
      blank: decoder.vocabulary.blank, topology: decoder.options.topology, threads: threads)
  }

  /// The hypotheses of the decoder, each with the edit distance of its tokens to the reference.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]`, in the layout `layout`.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - references: One sequence per sample, of vocabulary indices other than the blank.
  /// - Throws: `InputError` if shapes do not fit, or if a frame of a sample contains NaN or only
  ///   `-inf`.
  public func hypotheses<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, references: LabelBatch
  ) throws(InputError) -> HypothesisRisks {
    try hypotheses(logits, layout: layout, references: references) { reference, hypothesis in
      Double(editDistance(reference, hypothesis.tokens))
    }
  }

  /// The hypotheses that the decoder finds, with any risks, such as the number of wrong words in a text.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]`, in the layout `layout`.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - references: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - risk: The risk of a hypothesis, given the reference; a finite number. A reference that is added has a risk of 0.
  /// - Throws: `InputError` where a size or a reference does not fit, a frame holds NaN, `+inf` or `-inf` alone, or a risk
  ///   is not finite.
  public func hypotheses<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, references: LabelBatch,
    risk: (_ reference: ArraySlice<Int>, _ hypothesis: Hypothesis) -> Double
  ) throws(InputError) -> HypothesisRisks {
    try loss.validate(layout: layout, labels: references)
    let found = try decoder.decodeEach(logits, layout: layout, threads: threads)
    var sequences: [LabelBatch] = []
    var risks: [[Double]] = []
    for (sample, result) in found.enumerated() {
      let list = try result.get()
      let reference = references[sample]
      var own = list.map(\.tokens)
      var costs = list.map { risk(reference, $0) }
      if includesReference, !own.contains(Array(reference)) {
        own.append(Array(reference))
        costs.append(0)
      }
      sequences.append(LabelBatch(own))
      risks.append(costs)
    }
    return try HypothesisRisks(hypotheses: sequences, risks: risks, references: references)
  }

  /// The hypotheses that the decoder finds, each with the edit distance of its tokens to the reference's.
  ///
  /// - Throws: `InputError` as the form that takes a `Span`.
  public func hypotheses<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, references: LabelBatch
  ) throws(InputError) -> HypothesisRisks {
    try logits.withSpan { (logits) throws(InputError) in
      try hypotheses(logits, layout: layout, references: references)
    }
  }

  /// Writes each sample's expected number of errors into `values`, as ``options`` say, and its gradient by the logits.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - references: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: `InputError` as ``hypotheses(_:layout:references:risk:)``, and where the weights or the gradient do not
  ///   fit, or two elements of the gradient's layout share memory.
  public func valuesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, references: LabelBatch,
    into values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    let found = try hypotheses(logits, layout: layout, references: references)
    try loss.expectedRisksAndGradient(
      logits, layout: layout, hypotheses: found, options: options, into: &values,
      gradient: &gradient, output: output)
  }

  /// Each sample's expected number of errors, `[batch]`, as ``options`` say, and the gradient in the layout of the
  /// logits.
  ///
  /// - Throws: `InputError` as ``hypotheses(_:layout:references:risk:)``, and where the weights do not fit.
  public func valuesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, references: LabelBatch, weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    let found = try hypotheses(logits, layout: layout, references: references)
    return try loss.expectedRisksAndGradient(
      logits, layout: layout, hypotheses: found, options: options, weights: weights)
  }
}

extension CTCLoss {
  /// Writes an estimate of each sample's expected edit distance, over all label sequences, and of its gradient.
  ///
  /// The risk of `sampledRisksAndGradient(_:layout:count:seed:into:gradient:output:risk:)` is the edit distance to the
  /// sample's reference.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - references: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - count: The number of draws, 2 or more.
  ///   - seed: Any number, a new one for each training step.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: `InputError` as `sampledRisksAndGradient(_:layout:count:seed:into:gradient:output:risk:)`, and where the
  ///   references do not fit.
  public func sampledEditRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, references: LabelBatch, count: Int,
    seed: UInt64, into values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    try validate(layout: layout, labels: references)
    try sampledRisksAndGradient(
      logits, layout: layout, count: count, seed: seed, into: &values, gradient: &gradient,
      output: output
    ) { sample, labels in
      Double(editDistance(references[sample], labels))
    }
  }

  /// An estimate of each sample's expected edit distance, `[batch]`, and of the gradient in the layout of the logits.
  ///
  /// - Throws: `InputError` as the form that takes a `Span`.
  public func sampledEditRisksAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, references: LabelBatch, count: Int, seed: UInt64,
    weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try valuesAndGradient(logits, of: layout, count: layout.batch) {
      (logits, values, gradient) throws(InputError) in
      try sampledEditRisksAndGradient(
        logits, layout: layout, references: references, count: count, seed: seed, into: &values,
        gradient: &gradient, output: GradientOutput(weights: weights))
    }
  }
}
