/// How much a token can add at most: what spares a search the looking up of most extensions.
extension FusionSession {
  /// What bounds the extra score of a prefix after a further token.
  struct Bounds: BitwiseCopyable {
    /// At most this much where the token is within a word, and where it ends one.
    var within = 0.0
    var across = 0.0
    /// At most this much where no word of the lexicon goes on with the token; those it may go on with.
    var unknown = 0.0
    var letters = UInt64.max
    /// The part of these which is for phrases under way, and the tokens that may go on with them.
    var phrases = 0.0
    var continuations: UInt64 = 0

    @inline(__always)
    func most(_ token: TokenBounds) -> Double {
      let inWord = letters & token.letter == 0 ? unknown : within
      let most = token.endsWord ? across : inWord
      return continuations & token.phrases.bit == 0 ? most - phrases + token.phrases.score : most
    }
  }

  /// What bounds know of a token.
  struct TokenBounds: BitwiseCopyable, Sendable {
    /// Whether it may end a word.
    var endsWord = false
    /// Of its first letter, in a ``SymbolSet``.
    var letter = SymbolSet.none
    var phrases = PhraseAutomaton.Token()
  }

  /// The bounds of a prefix.
  func bounds(_ prefix: FusedState) -> Bounds {
    var bounds = Bounds()
    var bound = prefix.language + prefix.bias
    if let phrases {
      let state = phrases.states[Int(prefix.phraseState)]
      bounds.phrases = state.potential + state.gain + furtherPhraseGain
      bounds.continuations = state.continuations
      bound += bounds.phrases
    }
    bounds.across = bound + largestLanguageGain
    // After the end of a word the token may begin another.
    if scoresWordsAhead, let lexicon {
      bounds.across += max(
        0, lexicon.bestScores[0], isConstrained ? 0 : unknownLookAhead)
    }
    bounds.within = bounds.across
    guard let lexicon, separatesWords else { return bounds }
    // Deeper in the tree the best word below can only be worse, or it becomes an unknown one.
    let state = prefix.lexicalState
    let ahead = state < 0 ? -.infinity : lexicon.bestScores[Int(state)]
    let tokens = scoresWordsAhead ? 0 : largestLanguageGain
    bounds.unknown = isConstrained ? -.infinity : bound + unknownLookAhead + tokens
    bounds.within = max(bound + ahead + tokens, bounds.unknown)
    bounds.letters = state < 0 ? SymbolSet.none : lexicon.children[Int(state)]
    return bounds
  }
}
