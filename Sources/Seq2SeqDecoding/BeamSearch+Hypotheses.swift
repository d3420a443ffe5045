extension BeamSearch {
  /// The best hypotheses of the beam, best first; as of the end of a text, or of one that goes on.
  func hypotheses(
    _ vocabulary: TokenVocabulary, count: Int, isFinal: Bool
  ) -> [Hypothesis] {
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
    forEachPrefix { index, acoustic in
      let prefix = tree.pointer(index)
      var end = End(
        prefix: index, word: FusedState.noWord, acoustic: acoustic,
        language: prefix.pointee.fused.language,
        bias: prefix.pointee.fused.bias)
      guard let session else { return ends.append(end) }
      guard isFinal else {
        // As the search itself sees it: what is under way counts.
        end.language += prefix.pointee.fused.lookAhead
        end.bias = prefix.pointee.fused.extra - end.language
        return ends.append(end)
      }
      let last = session.finish(prefix)
      (end.word, end.language, end.bias) = (last.word, last.language, last.bias)
      if last.isComplete { ends.append(end) } else { unfinished.append(end) }
    }
    let isComplete = !ends.isEmpty
    if !isComplete { ends = unfinished }
    // Prefixes that came later have larger numbers.
    ends.sort { $0.score == $1.score ? $0.prefix < $1.prefix : $0.score > $1.score }
    return ends.prefix(count).map { end in
      let (tokens, words) = read(end.prefix, lastWord: end.word, vocabulary)
      return Hypothesis(
        tokens: tokens, text: text(of: tokens, words, vocabulary), acousticScore: end.acoustic,
        languageScore: end.language, biasScore: end.bias, words: words, spans: [],
        isComplete: isComplete)
    }
  }

  /// The tokens that all prefixes of the beam begin with: no further frame can change them.
  func stableTokens() -> [Int] {
    var common: Int32?
    forEachPrefix { prefix, _ in
      guard var ancestor = common else {
        common = prefix
        return
      }
      // A parent has a smaller number.
      var prefix = prefix
      while ancestor != prefix {
        if ancestor > prefix {
          ancestor = tree[ancestor].parent
        } else {
          prefix = tree[prefix].parent
        }
      }
      common = ancestor
    }
    return common.map { path(to: $0).map { Int(tree[$0].token) } } ?? []
  }

  /// The prefixes from the first token's to `last`.
  private func path(to last: Int32) -> [Int32] {
    var path: [Int32] = []
    var prefix = last
    while tree[prefix].parent >= 0 {
      path.append(prefix)
      prefix = tree[prefix].parent
    }
    return path.reversed()
  }

  private func read(
    _ last: Int32, lastWord: Int32, _ vocabulary: TokenVocabulary
  ) -> (tokens: [Int], words: [Hypothesis.Word]) {
    let path = path(to: last)
    let tokens = path.map { Int(tree[$0].token) }
    guard let fusion = session?.fusion, fusion.isConstrained, let lexicon = fusion.lexicon else {
      return (tokens, WordSplitting.words(of: tokens, vocabulary))
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
      if tree[prefix].fused.word != FusedState.noWord {
        // Letters before a separator in the same token belong to the word that ends.
        let isWithin = !isSeparator && symbols.contains(TokenVocabulary.boundary)
        let wordEnd = isWithin ? position + 1 : position
        end(tree[prefix].fused.word, at: wordEnd)
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
    of tokens: [Int], _ words: [Hypothesis.Word], _ vocabulary: TokenVocabulary
  ) -> String {
    guard session?.fusion.lexicon?.isOfTokens == true else { return vocabulary.text(of: tokens) }
    return words.map(\.text).joined(separator: " ")
  }
}
