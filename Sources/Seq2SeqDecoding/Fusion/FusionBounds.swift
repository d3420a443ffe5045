/// Upper bounds of a prefix's extra score after one more token: they spare a search from extending it by most tokens.
struct FusionBounds: BitwiseCopyable {
  /// Bounds for a token within a word, and for a token that ends a word.
  var within = 0.0
  var across = 0.0
  /// The bound for a token with which no word of the lexicon continues, and the first letters of all other tokens.
  var unknown = 0.0
  var letters = UInt64.max
  /// The part of the bounds that unfinished phrases contribute, and the first symbols of tokens that may continue them.
  var phrases = 0.0
  var continuations: UInt64 = 0

  init() {}

  /// The bounds where a token adds nothing to this score.
  @inline(__always)
  init(_ score: Double) { (within, across, unknown) = (score, score, score) }

  /// The bound for one token.
  @inline(__always)
  func most(_ token: TokenBounds) -> Double {
    let inWord = letters & token.letter == 0 ? unknown : within
    let most = token.endsWord ? across : inWord
    return continuations & token.phrases.bit == 0 ? most - phrases + token.phrases.score : most
  }
}

/// What bounds depend on in a token.
struct TokenBounds: BitwiseCopyable, Sendable {
  /// Whether it may end a word.
  var endsWord = false
  /// Its first letter, in a ``SymbolSet``.
  var letter = SymbolSet.none
  var phrases = PhraseAutomaton.Token()
}
