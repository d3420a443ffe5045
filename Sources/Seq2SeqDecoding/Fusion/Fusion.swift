import NGramModels
import Seq2SeqLosses

/// The knowledge of a search besides the posteriors, for one vocabulary: a language model, a lexicon, phrases.
///
/// It is immutable; each decoding has a ``FusionSession`` of its own.
final class Fusion: Sendable {
  let vocabulary: TokenVocabulary
  let model: LanguageModelFusion?
  let phrases: PhraseAutomaton?
  let lexicon: LexiconTree?
  /// The symbols of the tokens, in the spelling of the lexicon.
  let spelling: SymbolTable
  /// Whether words outside the lexicon are impossible.
  let isConstrained: Bool
  /// The model's element for each word of the lexicon (unit word) or each token; -1 for unknown
  /// ones.
  let elements: FrozenArray<Int32>
  /// The score of an unfinished word that is unknown.
  let unknownLookAhead: Double
  /// What bounds depend on in each token, `[vocabulary]`.
  let tokenBounds: FrozenArray<TokenBounds>

  /// `nil` without model, lexicon and phrases.
  ///
  /// - Throws: `InputError` if one of them does not fit the vocabulary.
  init?(
    _ vocabulary: TokenVocabulary, _ model: LanguageModelFusion?, _ lexicon: Lexicon?,
    _ phrases: PhraseBias?
  ) throws(InputError) {
    guard model != nil || lexicon != nil || phrases != nil else { return nil }
    if let lexicon, case .characters = lexicon.spelling {
      try Self.check("lexicon", vocabulary.unspellable(lexicon.words, areWords: true))
    }
    if let phrases {
      // Phrases given as tokens have no texts.
      let texts = phrases.phrases.enumerated().filter { $1.isText }
      try Self.check(
        "phrases",
        vocabulary.unspellable(texts.map(\.element.text)).map {
          UnspellableText(index: texts[$0.index].offset, text: $0.text, problem: $0.problem)
        })
    }
    self.vocabulary = vocabulary
    self.model = model
    self.phrases = try phrases.map { (phrases) throws(InputError) in
      try PhraseAutomaton(phrases, vocabulary)
    }
    isConstrained = lexicon != nil
    try model?.check()
    if let model, model.unit == .word {
      guard lexicon != nil || vocabulary.separatesWords else {
        throw InputError(
          "languageModel", "words, where no token separates them and there is no lexicon")
      }
      // Without a lexicon any word is allowed. The words of the model then show early whether a
      // word is unknown.
      let known = lexicon ?? Lexicon(words: model.spellableWords(vocabulary))
      var elements: [Int32] = []
      for word in known.words {
        elements.append(model.elements[ExactText(word)].map(Int32.init) ?? -1)
      }
      self.lexicon = try LexiconTree(known, vocabulary) { word in
        model.lookAhead(ofWord: elements[word])
      }
      self.elements = FrozenArray(elements)
    } else {
      self.lexicon = try lexicon.map { (lexicon) throws(InputError) in
        try LexiconTree(lexicon, vocabulary) { _ in 0 }
      }
      elements = FrozenArray(model?.elements(ofTokens: vocabulary) ?? [])
    }
    spelling =
      self.lexicon?.isOfTokens == true ? vocabulary.symbolsOfTokens : vocabulary.symbols
    unknownLookAhead =
      model.map { $0.unit == .word ? $0.lookAhead(ofWord: -1) : 0 } ?? 0
    let spelling = spelling
    let automaton = self.phrases?.view
    tokenBounds = FrozenArray(
      (0..<vocabulary.count).map { token in
        TokenBounds(
          endsWord: spelling[token].contains(TokenVocabulary.boundary),
          letter: SymbolSet.bit(ofFirst: spelling[token]),
          phrases: automaton?.tokens[token] ?? PhraseAutomaton.Token())
      })
    if self.lexicon != nil { try Self.check(spelling, vocabulary.texts) }
  }

  /// - Throws: `InputError` that names the first text that the tokens cannot spell.
  private static func check(
    _ argument: String, _ texts: [UnspellableText]
  ) throws(InputError) {
    if let first = texts.first {
      throw InputError(
        argument, position: first.index,
        (first.text.isEmpty ? "" : "\(quoted(first.text)): ") + first.problem)
    }
  }

  /// A token that ends two words would require remembering two words.
  private static func check(
    _ spelling: SymbolTable, _ texts: [String]?
  ) throws(InputError) {
    for token in 0..<spelling.count {
      let parts = spelling[token].split(
        separator: TokenVocabulary.boundary, omittingEmptySubsequences: false)
      if parts.dropFirst().dropLast().contains(where: { !$0.isEmpty }) {
        throw InputError(
          "vocabulary", position: token,
          "\(quoted(texts?[token] ?? "")) has a whole word between two separators")
      }
    }
  }
}
