import ErrorRates
import Seq2SeqDecoding
import Seq2SeqLosses

/// Minimum word, character or token error rate training from logits and references: finds
/// hypotheses by beam search, computes their risks by edit distance, and returns the expected risk
/// and its gradient.
///
/// ```swift
/// var search = BeamSearchOptions()
/// search.hypothesisCount = 16
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
  /// Whether the reference, with risk 0, is added to the hypotheses if the search does not find it.
  public var includesReference: Bool
  /// The maximum number of threads; `nil` for the number of processor cores.
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

  /// The loss that defines the probabilities.
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

  /// The hypotheses of the decoder with any risks, such as the number of wrong words in a text.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]`, in the layout `layout`.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - references: One sequence per sample, of vocabulary indices other than the blank.
  ///   - risk: The risk of a hypothesis, given its sample; a finite number. The reference itself,
  ///     if it is included, has risk 0.
  /// - Throws: `InputError` like ``hypotheses(_:layout:references:)``, or if a risk is not finite.
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

  /// Each sample's expected number of errors, `[batch]`, with the settings of ``options``, and the
  /// gradient in the layout of the logits.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]`, in the layout `layout`.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - references: One sequence per sample, of vocabulary indices other than the blank.
  /// - Throws: `InputError` like ``hypotheses(_:layout:references:)``.
  public func valuesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, references: LabelBatch
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    let found = try hypotheses(logits.span, layout: layout, references: references)
    return try loss.expectedRisksAndGradient(
      logits, layout: layout, hypotheses: found, options: options)
  }
}

extension CTCLoss {
  /// Writes estimates of each sample's expected edit distance over all label sequences, and of its
  /// gradient:
  /// `sampledRisksAndGradient(_:layout:count:seed:weights:values:gradient:gradientLayout:workspace:risk:)`
  /// with the distance to the sample's reference as the risk.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]`, in the layout `layout`.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - references: One sequence per sample, of vocabulary indices other than the blank.
  ///   - count: The number of label sequences that are drawn per sample, at least 2.
  ///   - seed: The same seed draws the same sequences.
  ///   - weights: `[batch]`, factors of the samples' gradients; nil for 1.
  ///   - values: `[batch]`, receives the estimates.
  ///   - gradient: Receives the gradient.
  ///   - gradientLayout: The layout of the gradient; nil for that of the logits.
  ///   - workspace: Working memory that calls reuse.
  /// - Throws: `InputError` like that function, or if the references do not fit.
  public func sampledEditRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, references: LabelBatch, count: Int,
    seed: UInt64, weights: [Double]? = nil, values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try validate(layout: layout, labels: references)
    try sampledRisksAndGradient(
      logits, layout: layout, count: count, seed: seed, weights: weights, values: &values,
      gradient: &gradient, gradientLayout: gradientLayout, workspace: workspace
    ) { sample, labels in
      Double(editDistance(references[sample], labels))
    }
  }
}
