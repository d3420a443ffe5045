/// A fusion's state for a prefix: the states of its components after the last token, and what they add to the score.
///
/// Scores are weighted natural logarithms, kept apart by where they come from.
struct FusedState: BitwiseCopyable {
  /// ``word`` where no word ended with the last token, and where a word ended that the lexicon does not contain.
  static let noWord: Int32 = -2
  static let unknownWord: Int32 = -1

  /// The word that ended before the last token.
  var word = FusedState.noWord
  /// The lexicon's node of the unfinished word; 0 between words, -1 within a word that the lexicon does not contain.
  var lexicalState: Int32 = 0
  var languageState: Int32 = 0
  var phraseState: Int32 = 0
  /// The language model's score of complete words or tokens.
  var language = 0.0
  /// Its score of the best word that the unfinished one may become.
  var lookAhead = 0.0
  /// The boosts of complete phrases.
  var bias = 0.0
  /// The boost lent to unfinished phrases.
  var lent = 0.0

  /// All that is added to the log-probability of the prefix.
  var extra: Double {
    @inline(__always) get { language + lookAhead + bias + lent }
  }
}
