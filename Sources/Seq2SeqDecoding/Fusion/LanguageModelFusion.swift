import NGramModels
import Seq2SeqLosses

/// A language model whose scores are added to those of the posteriors (shallow fusion).
///
/// The score of a hypothesis is `A + weight · L + insertionBonus · N + unknownPenalty · K`, in nats: A is its acoustic
/// log-probability, L the model's log-probability of its elements (words or tokens), N the number of elements, and K the
/// number of those that the model does not know.
public struct LanguageModelFusion: Sendable {
  /// The elements of a model.
  public enum Unit: String, Sendable, CaseIterable {
    /// Words: those of a lexicon, or the text between separators.
    case word
    /// Single tokens.
    case token
  }

  /// The elements of the model.
  public var unit: Unit
  /// The weight of the model's log-probabilities, 0 or more.
  public var weight = 0.5
  /// The score added for each word or token, in nats; it offsets a model's preference for short texts.
  public var insertionBonus = 0.0
  /// The score added for each word or token that the model does not know, in nats, besides the model's own score for it.
  public var unknownPenalty = -10.0
  /// Whether an unfinished word is scored like the best word that it may become.
  public var looksAhead = true

  /// The element of each text of a word or token.
  let elements: [ExactText: Int]
  let unknownElement: Int?
  /// The log-probability of each element without context.
  let elementScore: @Sendable (Int) -> Double
  let makeSession: @Sendable () -> LanguageModelSession

  /// A fusion with any model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - unit: Whether an element is a word or a token.
  ///   - elements: The words or the texts of tokens that the model knows; the index is the element. A token
  ///     with the text of the separator may be called `<space>`, `|` or `▁`.
  ///   - unknownElement: The element for all others; without it they have no score but ``unknownPenalty`` and
  ///     ``insertionBonus``.
  ///   - elementScores: Log-probabilities without context, `[elements]`, for looking ahead; 0 for each by default.
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

/// A log-probability times a weight; 0 if the weight is 0, even for `-inf`.
func weighted(_ logProbability: Double, by weight: Double) -> Double {
  weight > 0 ? weight * logProbability : 0
}
