import NGramModels
import Seq2SeqLosses

/// A language model beside the posteriors (shallow fusion).
///
/// A hypothesis of acoustic log-probability A, whose elements (words or tokens) have a log-probability L
/// by the model, N in number and K of them unknown, has the score
/// `A + weight · L + insertionBonus · N + unknownPenalty · K`, in nats.
public struct LanguageModelFusion: Sendable {
  /// What the model gives probabilities to.
  public enum Unit: String, Sendable, CaseIterable {
    /// Words: those of a lexicon, or what stands between separators.
    case word
    /// Single tokens.
    case token
  }

  /// What the model gives probabilities to.
  public var unit: Unit
  /// The weight of the model's log-probabilities, 0 or more.
  public var weight = 0.5
  /// What each word or token adds: against a model's liking for short texts.
  public var insertionBonus = 0.0
  /// What each word or token that the model does not know adds to the model's own score for it.
  public var unknownPenalty = -10.0
  /// Whether an unfinished word is scored by the best word that it may become.
  public var looksAhead = true

  /// The element of each word or token text.
  let elements: [ExactText: Int]
  let unknownElement: Int?
  /// The log-probability of each element without context.
  let elementScore: @Sendable (Int) -> Double
  let makeSession: @Sendable () -> LanguageModelSession

  /// Any model.
  ///
  /// - Parameters:
  ///   - model: What scores one element after another.
  ///   - unit: Whether an element is a word or a token.
  ///   - elements: The words or the texts of tokens that the model knows; the index is the element. A token
  ///     with the text of the separator may be called `<space>`, `|` or `▁`.
  ///   - unknownElement: The element for all others; where there is none they get ``unknownPenalty`` alone.
  ///   - elementScores: Log-probabilities without context, `[elements]`, for looking ahead; none by default.
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

/// What a model's log-probability adds; nothing where it has no weight, however improbable it calls a text.
func weighted(_ logProbability: Double, by weight: Double) -> Double {
  weight > 0 ? weight * logProbability : 0
}
