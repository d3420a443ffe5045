import NGramModels
import Seq2SeqLosses

/// A language model whose scores are added to those of the posteriors (shallow fusion).
///
/// With the acoustic log-probability A, N elements (words or tokens) with the log-probability L
/// according to the model, and K unknown elements, the score of a hypothesis is `A + weight · L +
/// insertionBonus · N + unknownPenalty · K`, in nats.
public struct LanguageModelFusion: Sendable {
  /// The elements that the model scores.
  public enum Unit: String, Sendable, CaseIterable {
    /// Words: those of a lexicon, or the texts between separators.
    case word
    /// Single tokens.
    case token
  }

  /// The elements that the model scores.
  public var unit: Unit
  /// The weight of the model's log-probabilities, 0 or more.
  public var weight = 0.5
  /// Added for each word or token, in nats. It compensates for a model's preference for short
  /// texts.
  public var insertionBonus = 0.0
  /// Added for each word or token that the model does not know, in addition to the model's own
  /// score for it, in nats.
  public var unknownPenalty = -10.0
  /// Whether an unfinished word is scored like the best word that it may become.
  public var looksAhead = true

  /// The element of each text of a word or token.
  let elements: [ExactText: Int]
  let unknownElement: Int?
  /// The log-probability of each element without context.
  let elementScore: @Sendable (Int) -> Double
  let makeSession: @Sendable () -> LanguageModelSession

  /// Any model.
  ///
  /// - Parameters:
  ///   - model: Scores one element after another.
  ///   - unit: Whether an element is a word or a token.
  ///   - elements: The words, or the texts of the tokens, that the model knows; the index is the
  ///     element. A token with the text of the separator may be called `<space>`, `|` or `▁`.
  ///   - unknownElement: The element for all others. Without it they get only ``unknownPenalty``.
  ///   - elementScores: Log-probabilities without context, `[elements]`, for looking ahead; none by
  ///     default.
  public init<Model: LanguageModel>(
    _ model: Model, unit: Unit, elements: [String], unknownElement: Int? = nil,
    elementScores: [Double]? = nil
  ) {
    self.unit = unit
    self.elements = Dictionary(
      elements.enumerated().map { (ExactText($1), $0) }, uniquingKeysWith: { first, _ in first })
    self.unknownElement = unknownElement
    elementScore = { element in elementScores.map { $0[element] } ?? 0 }
    makeSession = { LanguageModelSession(model) }
  }

  func check() throws(InputError) {
    for (name, value) in [
      ("weight", weight), ("insertionBonus", insertionBonus), ("unknownPenalty", unknownPenalty),
    ] where !(value.magnitude <= ScoreLimit.magnitude) {
      throw InputError(
        name,
        value.isFinite ? "\(value), where 1e9 is the largest magnitude" : "\(value) is not finite")
    }
    guard weight >= 0 else { throw InputError("weight", "\(weight) is negative") }
  }
}

/// The weighted log-probability; 0 if the weight is 0, even if the log-probability is `-inf`.
func weighted(_ logProbability: Double, by weight: Double) -> Double {
  weight > 0 ? weight * logProbability : 0
}
