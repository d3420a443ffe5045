import Seq2SeqLosses

extension TokenVocabulary {
  /// A text in tokens, and which tokens are which word and segment.
  struct Spelling {
    var tokens: [Int] = []
    var words: [Hypothesis.Word] = []
    var segments: [Hypothesis.Word] = []
    /// After how many of the tokens there may be a gap.
    var gaps: [Int] = []
  }

  /// The tokens that spell a text: the longest that fits, from left to right, within each word.
  ///
  /// - Throws: ``InputError`` where a word cannot be spelled and is not to be replaced.
  func spelling(
    of segments: [String], _ options: ForcedAligner.TextOptions = .init()
  ) throws(InputError) -> Spelling {
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
    if options.hasGaps { spelling.gaps.append(0) }
    for segment in segments {
      let words = segment.unicodeScalars.split { $0.properties.isWhitespace }.map(String.init)
      var start: Int?
      for word in words {
        if let separator, !spelling.tokens.isEmpty,
          start != nil
            || !options.hasGaps
              && spelling.tokens[spelling.tokens.count - 1] != SequenceAligner.wildcard
        {
          spelling.tokens.append(separator)
        }
        let first = spelling.tokens.count
        if let spelled = Self.spell((begins ? "\u{2581}" : "") + word, tokens, longest) {
          spelling.tokens += spelled
        } else if options.replacesUnknownWords {
          spelling.tokens.append(SequenceAligner.wildcard)
        } else {
          throw InputError(
            "text", position: spelling.words.count, "no tokens spell \"\(word.prefix(40))\"")
        }
        start = start ?? first
        spelling.words.append(Hypothesis.Word(word, tokens: first..<spelling.tokens.count))
      }
      if let start {
        spelling.segments.append(
          Hypothesis.Word(
            words.joined(separator: " "), tokens: start..<spelling.tokens.count))
        if options.hasGaps { spelling.gaps.append(spelling.tokens.count) }
      }
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
