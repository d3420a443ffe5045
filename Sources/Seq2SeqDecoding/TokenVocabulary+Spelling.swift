import Seq2SeqLosses

extension TokenVocabulary {
  /// A text in tokens, and which tokens are which word.
  struct Spelling {
    var tokens: [Int] = []
    var words: [Hypothesis.Word] = []
  }

  /// The tokens that spell a text: the longest that fits, from left to right, within each word.
  ///
  /// - Parameter usesWildcards: Whether a word that cannot be spelled becomes a wildcard.
  /// - Throws: ``InputError`` where a word cannot be spelled.
  func spelling(of text: String, usesWildcards: Bool = false) throws(InputError) -> Spelling {
    guard let texts else {
      throw InputError("text", "the tokens have no texts to spell it with")
    }
    var tokens: [String: Int] = [:]
    var longest = 0
    for (token, text) in texts.enumerated() where token != blank && !text.isEmpty {
      if tokens[text] == nil { tokens[text] = token }
      longest = max(longest, text.unicodeScalars.count)
    }
    let separator = tokens[wordSeparator]
    let begins = texts.contains { $0.unicodeScalars.first == "\u{2581}" }
    var spelling = Spelling()
    let words = text.unicodeScalars.split { $0.properties.isWhitespace }.map(String.init)
    for (index, word) in words.enumerated() {
      if index > 0, let separator { spelling.tokens.append(separator) }
      let first = spelling.tokens.count
      if let spelled = Self.spell((begins ? "\u{2581}" : "") + word, tokens, longest) {
        spelling.tokens += spelled
      } else if usesWildcards {
        spelling.tokens.append(SequenceAligner.wildcard)
      } else {
        throw InputError("text", position: index, "no tokens spell \"\(word.prefix(40))\"")
      }
      spelling.words.append(
        Hypothesis.Word(
          text: word, tokens: first..<spelling.tokens.count, frames: 0..<0, logProbability: 0,
          confidence: 0))
    }
    return spelling
  }

  private static func spell(
    _ word: String, _ tokens: [String: Int], _ longest: Int
  ) -> [Int]? {
    let scalars = Array(word.unicodeScalars)
    var spelled: [Int] = []
    var start = 0
    next: while start < scalars.count {
      for end in stride(from: min(scalars.count, start + longest), to: start, by: -1) {
        let part = String(String.UnicodeScalarView(scalars[start..<end]))
        guard let token = tokens[part] else { continue }
        spelled.append(token)
        start = end
        continue next
      }
      return nil
    }
    return spelled
  }
}
