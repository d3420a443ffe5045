/// Splits the tokens of a text into words at separators.
enum WordSplitting {
  static func words(
    of tokens: [Int], _ vocabulary: TokenVocabulary, isWhole: Bool = true
  ) -> [Hypothesis.Word] {
    guard vocabulary.texts != nil, vocabulary.separatesWords else { return [] }
    var words: [Hypothesis.Word] = []
    var first: Int?
    func end(_ position: Int) {
      guard let start = first, start < position else { return }
      let text = vocabulary.text(
        of: tokens[start..<position], isWhole: isWhole || position < tokens.count)
      words.append(Hypothesis.Word(text, tokens: start..<position))
      first = nil
    }
    for (position, token) in tokens.enumerated() {
      let symbols = vocabulary.symbols[token]
      if symbols.first == TokenVocabulary.boundary { end(position) }
      let hasLetters = symbols.contains { $0 != TokenVocabulary.boundary }
      if hasLetters && first == nil { first = position }
      if hasLetters && symbols.last == TokenVocabulary.boundary { end(position + 1) }
    }
    end(tokens.count)
    return words
  }
}
