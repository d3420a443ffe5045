import Seq2SeqLosses

extension TokenVocabulary {
  /// The tokens of a text, with the words and segments that they belong to.
  struct Spelling {
    var tokens: [Int] = []
    var words: [Hypothesis.Word] = []
    var segments: [Hypothesis.Word] = []
    /// The number of tokens before each place where there may be a gap.
    var gaps: [Int] = []
  }

  /// The tokens that spell a text: the fewest for each word; among equals, those with the longest
  /// first token.
  ///
  /// - Parameter words: Spells words with the folding of the options.
  /// - Throws: `InputError` if a word cannot be spelled and must not be replaced.
  func spelling(
    of segments: [String], _ words: WordSpeller, _ options: ForcedAligner.TextOptions = .init()
  ) throws(InputError) -> Spelling {
    guard texts != nil else {
      throw InputError("text", "the tokens have no texts to spell it with")
    }
    // Words with marks of their own need no separator.
    let separator = words.marksWords ? nil : separator
    var spelling = Spelling()
    if options.hasGaps { spelling.gaps.append(0) }
    for segment in segments {
      let texts = segment.unicodeScalars.split { $0.properties.isWhitespace }.map(String.init)
      var start: Int?
      for text in texts {
        var spelled = words.spell(text, isFirst: spelling.words.isEmpty)
        if spelled == nil {
          guard options.replacesUnknownWords else {
            throw InputError(
              "text", position: spelling.words.count,
              "no tokens spell \(quoted(text))" + words.missing(in: text))
          }
          spelled = [SequenceAligner.wildcard]
        }
        let tokens = spelled ?? []
        if let separator, !tokens.isEmpty, let last = spelling.tokens.last,
          start != nil || (!options.hasGaps && last != SequenceAligner.wildcard)
        {
          spelling.tokens.append(separator)
        }
        let first = spelling.tokens.count
        spelling.tokens += tokens
        if !tokens.isEmpty { start = start ?? first }
        spelling.words.append(Hypothesis.Word(text, tokens: first..<spelling.tokens.count))
      }
      if let start {
        spelling.segments.append(
          Hypothesis.Word(
            texts.joined(separator: " "), tokens: start..<spelling.tokens.count))
        if options.hasGaps { spelling.gaps.append(spelling.tokens.count) }
      }
    }
    return spelling
  }
}
