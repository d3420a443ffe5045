import NGramModels

/// The elements of a model by the words and tokens of a vocabulary.
extension LanguageModelFusion {
  /// The model's words without separators in them, in the order of the elements; its marks such as `<s>` are none.
  func spellableWords(_ vocabulary: TokenVocabulary) -> [String] {
    elements.sorted { $0.value < $1.value }.map(\.key.text).filter { word in
      !["<s>", "</s>", "<unk>"].contains(word)
        && !word.isEmpty
        && !vocabulary.symbols(of: word).contains(TokenVocabulary.boundary)
    }
  }

  /// The weighted score of a word without context, -1 for an unknown one; 0 if the model does not look ahead.
  func lookAhead(ofWord element: Int32) -> Double {
    guard looksAhead else { return 0 }
    if element >= 0 {
      return insertionBonus + weighted(elementScore(Int(element)), by: weight)
    }
    return insertionBonus + unknownPenalty
      + (unknownElement.map { weighted(elementScore($0), by: weight) } ?? 0)
  }

  /// The element of each token, `[vocabulary]`, -1 for unknown ones.
  func elements(ofTokens vocabulary: TokenVocabulary) -> [Int32] {
    (0..<vocabulary.count).map { token in
      guard let text = vocabulary.texts?[token] else {
        return token < elements.count ? Int32(token) : -1
      }
      let isSeparator =
        vocabulary.isSeparator(token) || (vocabulary.wordSeparator.isEmpty && text == " ")
      for name in [text] + (isSeparator ? ["<space>", "|", "\u{2581}"] : []) {
        if let element = elements[ExactText(name)] { return Int32(element) }
      }
      return -1
    }
  }
}
