/// The hypotheses of a search's prefixes.
extension PrefixTree {
  /// A prefix that may be a whole text, and the natural logarithm of its probability.
  struct Scored: BitwiseCopyable {
    var prefix: Int32
    var acoustic: Double
  }

  /// The best hypotheses, best first, with their prefixes; as of the end of a text, or of one that goes on.
  func hypotheses(
    _ prefixes: [Scored], _ session: FusionSession?, _ vocabulary: TokenVocabulary, count: Int,
    isFinal: Bool
  ) -> [(prefix: Int32, hypothesis: Hypothesis)] {
    struct End {
      var prefix: Int32
      var word: Int32
      var acoustic: Double
      var language: Double
      var bias: Double
      var score: Double { acoustic + language + bias }
    }
    var ends: [End] = []
    var unfinished: [End] = []
    for scored in prefixes {
      let prefix = pointer(scored.prefix)
      var end = End(
        prefix: scored.prefix, word: FusedState.noWord, acoustic: scored.acoustic,
        language: prefix.pointee.fused.language, bias: prefix.pointee.fused.bias)
      guard let session else {
        ends.append(end)
        continue
      }
      guard isFinal else {
        // As the search scores it: unfinished words and phrases count.
        end.language += prefix.pointee.fused.lookAhead
        end.bias = prefix.pointee.fused.extra - end.language
        ends.append(end)
        continue
      }
      let (last, isWhole) = session.finish(prefix)
      (end.word, end.language, end.bias) = (last.word, last.language, last.bias)
      if isWhole { ends.append(end) } else { unfinished.append(end) }
    }
    let isComplete = !ends.isEmpty
    if !isComplete { ends = unfinished }
    // Prefixes that came later have larger numbers.
    ends.sort { $0.score == $1.score ? $0.prefix < $1.prefix : $0.score > $1.score }
    let fusion = session?.fusion
    return ends.prefix(count).map { end in
      let (tokens, words) = read(
        end.prefix, lastWord: end.word, fusion, vocabulary, isFinal: isFinal)
      let hypothesis = Hypothesis(
        tokens: tokens, text: text(of: tokens, words, fusion, vocabulary, isFinal: isFinal),
        acousticScore: end.acoustic, languageScore: end.language, biasScore: end.bias,
        words: words, spans: [], isComplete: isComplete)
      return (end.prefix, hypothesis)
    }
  }

  /// The tokens that all of some prefixes begin with.
  func commonTokens(of prefixes: [Int32]) -> [Int] {
    guard var common = prefixes.first else { return [] }
    for other in prefixes.dropFirst() {
      // A parent has a smaller number.
      var other = other
      while common != other {
        if common > other {
          common = self[common].parent
        } else {
          other = self[other].parent
        }
      }
    }
    return path(to: common).map { Int(self[$0].token) }
  }

  /// The prefixes from the first token's to `last`.
  private func path(to last: Int32) -> [Int32] {
    var path: [Int32] = []
    var prefix = last
    while self[prefix].parent >= 0 {
      path.append(prefix)
      prefix = self[prefix].parent
    }
    return path.reversed()
  }

  private func read(
    _ last: Int32, lastWord: Int32, _ fusion: Fusion?, _ vocabulary: TokenVocabulary, isFinal: Bool
  ) -> (tokens: [Int], words: [Hypothesis.Word]) {
    let path = path(to: last)
    let tokens = path.map { Int(self[$0].token) }
    guard let fusion, fusion.isConstrained, let lexicon = fusion.lexicon else {
      return (tokens, WordSplitting.words(of: tokens, vocabulary, isWhole: isFinal))
    }
    var words: [Hypothesis.Word] = []
    var first = 0
    func end(_ word: Int32, at end: Int) {
      guard word >= 0 else { return }
      words.append(Hypothesis.Word(lexicon.words[Int(word)], tokens: first..<end))
    }
    for (position, prefix) in path.enumerated() {
      let symbols = fusion.spelling[tokens[position]]
      let isSeparator = symbols.first == TokenVocabulary.boundary
      if self[prefix].fused.word != FusedState.noWord {
        // Letters before a separator in the same token belong to the word that ends.
        let isWithin = !isSeparator && symbols.contains(TokenVocabulary.boundary)
        let wordEnd = isWithin ? position + 1 : position
        end(self[prefix].fused.word, at: wordEnd)
        first = wordEnd
      }
      if isSeparator && symbols.allSatisfy({ $0 == TokenVocabulary.boundary }) {
        first = position + 1
      }
    }
    end(lastWord, at: tokens.count)
    return (tokens, words)
  }

  private func text(
    of tokens: [Int], _ words: [Hypothesis.Word], _ fusion: Fusion?, _ vocabulary: TokenVocabulary,
    isFinal: Bool
  ) -> String {
    guard fusion?.lexicon?.isOfTokens == true else {
      return vocabulary.text(of: tokens, isWhole: isFinal)
    }
    return words.map(\.text).joined(separator: " ")
  }
}
