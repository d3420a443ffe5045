import NGramModels
import Seq2SeqLosses

/// What a search knows besides the posteriors, made ready for one vocabulary: a language model, a
/// lexicon, phrases. Immutable; each decoding has a ``FusionSession`` of its own.
final class Fusion: Sendable {
  let vocabulary: TokenVocabulary
  let model: LanguageModelFusion?
  let phrases: PhraseAutomaton?
  let lexicon: LexiconTree?
  /// The tokens as the lexicon spells words.
  let spelling: SymbolTable
  /// Whether words outside of the lexicon are impossible.
  let isConstrained: Bool
  /// The model's element for each word of the lexicon (unit word) or each token; -1 for unknown ones.
  let elements: FrozenArray<Int32>
  /// The score of an unknown word under way.
  let unknownLookAhead: Double
  /// What each token, `[vocabulary]`, can do for a prefix.
  let tokenBounds: FrozenArray<TokenBounds>

  /// `nil` where there is nothing to know.
  ///
  /// - Throws: `InputError` where an option does not fit the vocabulary.
  init?(
    _ vocabulary: TokenVocabulary, _ model: LanguageModelFusion?, _ lexicon: Lexicon?,
    _ phrases: PhraseBias?
  ) throws(InputError) {
    guard model != nil || lexicon != nil || phrases != nil else { return nil }
    if let lexicon, case .characters = lexicon.spelling {
      try Self.check("lexicon", vocabulary.unspellable(lexicon.words, areWords: true))
    }
    if let phrases {
      // Those in tokens have no texts.
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
      // Without a lexicon words are free, and the model's own tell early which are unknown.
      let known = lexicon ?? Lexicon(words: Self.words(of: model, vocabulary))
      var elements: [Int32] = []
      for word in known.words {
        elements.append(model.elements[ExactText(word)].map(Int32.init) ?? -1)
      }
      self.lexicon = try LexiconTree(known, vocabulary) { word in
        Self.wordScore(model, elements[word])
      }
      self.elements = FrozenArray(elements)
    } else {
      self.lexicon = try lexicon.map { (lexicon) throws(InputError) in
        try LexiconTree(lexicon, vocabulary) { _ in 0 }
      }
      elements = FrozenArray(model.map { Self.tokenElements($0, vocabulary) } ?? [])
    }
    spelling =
      self.lexicon?.isOfTokens == true ? vocabulary.symbolsOfTokens : vocabulary.symbols
    unknownLookAhead =
      model.map { $0.unit == .word && $0.looksAhead ? Self.wordScore($0, -1) : 0 } ?? 0
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

  /// - Throws: `InputError` naming the first text that the tokens cannot spell.
  private static func check(
    _ argument: String, _ texts: [UnspellableText]
  ) throws(InputError) {
    if let first = texts.first {
      throw InputError(
        argument, position: first.index,
        (first.text.isEmpty ? "" : "\(quoted(first.text)): ") + first.problem)
    }
  }

  /// Words that can be spelled: a model's marks such as `<s>` are none.
  private static func words(
    of model: LanguageModelFusion, _ vocabulary: TokenVocabulary
  ) -> [String] {
    model.elements.sorted { $0.value < $1.value }.map(\.key.text).filter { word in
      !["<s>", "</s>", "<unk>"].contains(word)
        && !word.isEmpty
        && !vocabulary.symbols(of: word).contains(TokenVocabulary.boundary)
    }
  }

  private static func wordScore(_ model: LanguageModelFusion, _ element: Int32) -> Double {
    guard model.looksAhead else { return 0 }
    if element >= 0 {
      return model.insertionBonus + weighted(model.elementScore(Int(element)), by: model.weight)
    }
    return model.insertionBonus + model.unknownPenalty
      + (model.unknownElement.map { weighted(model.elementScore($0), by: model.weight) } ?? 0)
  }

  private static func tokenElements(
    _ model: LanguageModelFusion, _ vocabulary: TokenVocabulary
  ) -> [Int32] {
    (0..<vocabulary.count).map { token in
      guard let text = vocabulary.texts?[token] else {
        return token < model.elements.count ? Int32(token) : -1
      }
      let isSeparator =
        vocabulary.isSeparator(token) || (vocabulary.wordSeparator.isEmpty && text == " ")
      for name in [text] + (isSeparator ? ["<space>", "|", "\u{2581}"] : []) {
        if let element = model.elements[ExactText(name)] { return Int32(element) }
      }
      return -1
    }
  }

  /// A token that ends two words would need two words to remember.
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
