import ErrorRates
import Seq2SeqDecoding
import Seq2SeqLosses

/// Minimum word, character or token error rate training from logits and references: hypotheses by beam search, their
/// risks by edit distance, the expected risk and its gradient.
///
/// ```swift
/// var search = BeamSearchOptions()
/// search.hypothesisCount = 16
/// let risk = EditRisk(try BeamSearchDecoder(TokenVocabulary(count: 30), options: search))
/// let (values, gradient) = try risk.valuesAndGradient(logits, layout: layout, references: labels)
/// ```
///
/// The decoder's blank and topology are the loss's; its models and phrases choose hypotheses, and have no part in
/// their probabilities. Logits need not be normalised: what rows have in common shifts all hypotheses alike.
public struct EditRisk: Sendable {
  /// Finds the hypotheses; as many as its options say.
  public let decoder: BeamSearchDecoder
  /// How risks become one number.
  public var options: ExpectedRisk
  /// Whether the reference, with the risk 0, is one of the hypotheses where the search has not found it.
  public var includesReference: Bool
  /// The largest number of threads to use; `nil` for one a processor.
  public var threads: Int?

  /// A training criterion; the plain search is told nothing of spans, which it does not need.
  public init(
    _ decoder: BeamSearchDecoder, options: ExpectedRisk = ExpectedRisk(),
    includesReference: Bool = false, threads: Int? = nil
  ) {
    self.decoder = decoder
    self.options = options
    self.includesReference = includesReference
    self.threads = threads
  }

  /// The loss whose probabilities count.
  public var loss: CTCLoss {
    CTCLoss(
      blank: decoder.vocabulary.blank, topology: decoder.options.topology, threads: threads)
  }

  /// The hypotheses that the decoder finds, each with the edit distance of its tokens to the reference's.
  ///
  /// - Throws: `InputError` where shapes do not fit, or a sample's frames hold NaN or nothing else than `-inf`.
  public func hypotheses<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, references: LabelBatch
  ) throws(InputError) -> HypothesisRisks {
    try hypotheses(logits, layout: layout, references: references) { reference, hypothesis in
      Double(editDistance(reference, hypothesis.tokens))
    }
  }

  /// The hypotheses that the decoder finds, with any risks, such as the number of words that are wrong in a text.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - references: One sequence a sample, of vocabulary indices other than the blank.
  ///   - risk: What a hypothesis costs, beside its reference; a finite number. The reference itself, where it is
  ///     included, costs 0.
  /// - Throws: `InputError` as the other one, or where a risk is not finite.
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

  /// Each sample's expected number of errors, `[batch]`, as ``options`` say, and the gradient in the layout of the
  /// logits.
  ///
  /// - Throws: `InputError` as ``hypotheses(_:layout:references:)``.
  public func valuesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, references: LabelBatch
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    let found = try hypotheses(logits.span, layout: layout, references: references)
    return try loss.expectedRisksAndGradient(
      logits, layout: layout, hypotheses: found, options: options)
  }
}

extension CTCLoss {
  /// Writes an estimate of each sample's expected edit distance, over all label sequences, and of its derivatives:
  /// `sampledRisksAndGradient(_:layout:count:seed:weights:values:gradient:gradientLayout:workspace:risk:)` with the
  /// distance to the sample's reference as the risk.
  ///
  /// - Throws: `InputError` as that, or where the references do not fit.
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
