import Seq2SeqLosses

/// All phrases at once: the automaton of Aho and Corasick (1975) over the symbols of a text.
///
/// The bias of a text is what complete phrases earned, and a potential: the best share of a phrase under
/// way. It depends on the state alone, so that giving it back leaves nothing behind.
struct PhraseAutomaton: Sendable {
  /// The state before a text.
  private(set) var start: Int32 = 0
  private let endsWords: Bool
  private let trie: SymbolTrie.Frozen
  private let suffixes: FrozenArray<Int32>
  private let potentials, earnings, gains: FrozenArray<Double>
  /// The most that one symbol can add anywhere.
  let largestGain: Double

  /// - Throws: ``InputError`` where a phrase is empty, its boost not finite, or a token out of range.
  init(_ bias: PhraseBias, _ vocabulary: TokenVocabulary) throws(InputError) {
    endsWords = vocabulary.separatesWords
    var trie = SymbolTrie()
    var ends: [Int32] = []
    for (index, phrase) in bias.phrases.enumerated() {
      ends.append(
        trie.insert(try Self.symbols(of: phrase, index, vocabulary, endsWords)))
    }
    let count = trie.count
    var parents = [Int32](repeating: 0, count: count)
    var symbols = [UInt32](repeating: 0, count: count)
    var depths = [Int32](repeating: 0, count: count)
    trie.forEachEdge { node, symbol, child in
      parents[Int(child)] = node
      symbols[Int(child)] = symbol
    }
    for node in 1..<max(count, 1) { depths[node] = depths[Int(parents[node])] + 1 }
    var potentials = [Double](repeating: 0, count: count)
    var earnings = [Double](repeating: 0, count: count)
    for (phrase, end) in zip(bias.phrases, ends) {
      earnings[Int(end)] += phrase.boost
      guard phrase.boost > 0 else { continue }
      var node = Int(parents[Int(end)])
      while node != 0 {
        let share = phrase.boost * Double(depths[node]) / Double(depths[Int(end)])
        potentials[node] = max(potentials[node], share)
        node = Int(parents[node])
      }
    }
    let frozen = SymbolTrie.Frozen(trie)
    let tree = frozen.view
    // A suffix is shorter, so in the order of depth it is known before it is needed.
    var suffixes = [Int32](repeating: 0, count: count)
    let order = (0..<count).sorted { (depths[$0], $0) < (depths[$1], $1) }
    var gains = [Double](repeating: 0, count: count)
    for node in order where depths[node] > 0 {
      if depths[node] > 1 {
        var suffix = suffixes[Int(parents[node])]
        while suffix != 0 && tree.child(suffix, symbols[node]) < 0 {
          suffix = suffixes[Int(suffix)]
        }
        suffixes[node] = max(tree.child(suffix, symbols[node]), 0)
      }
      let suffix = Int(suffixes[node])
      potentials[node] = max(potentials[node], potentials[suffix])
      earnings[node] += earnings[suffix]
    }
    for node in order where depths[node] > 0 {
      let parent = Int(parents[node])
      gains[parent] = max(
        gains[parent], potentials[node] + earnings[node] - potentials[parent])
    }
    for node in order {
      let suffix = Int(suffixes[node])
      gains[node] = max(gains[node], gains[suffix] + potentials[suffix] - potentials[node])
    }
    largestGain = gains.reduce(0, max)
    self.trie = frozen
    self.suffixes = FrozenArray(suffixes)
    self.potentials = FrozenArray(potentials)
    self.earnings = FrozenArray(earnings)
    self.gains = FrozenArray(gains)
    if endsWords { start = view.next(0, TokenVocabulary.boundary) }
  }

  private static func symbols(
    of phrase: PhraseBias.Phrase, _ index: Int, _ vocabulary: TokenVocabulary, _ endsWords: Bool
  ) throws(InputError) -> [UInt32] {
    guard phrase.boost.isFinite else {
      throw InputError("phrases", position: index, "a boost of \(phrase.boost)")
    }
    var symbols: [UInt32]
    switch phrase.spelling {
    case .text(let text):
      guard vocabulary.texts != nil else {
        throw InputError("phrases", position: index, "a text, where the tokens have none")
      }
      symbols = TokenVocabulary.symbols(of: text, separator: vocabulary.wordSeparator)
    case .tokens(let tokens):
      for token in tokens where !(0..<vocabulary.count).contains(token) || token == vocabulary.blank
      {
        throw InputError("phrases", position: index, "\(token) is no token but the blank")
      }
      symbols = tokens.flatMap { vocabulary.symbols[$0] }
    }
    if endsWords {
      while symbols.first == TokenVocabulary.boundary { symbols.removeFirst() }
      while symbols.last == TokenVocabulary.boundary { symbols.removeLast() }
    }
    guard !symbols.isEmpty else { throw InputError("phrases", position: index, "empty") }
    return endsWords ? [TokenVocabulary.boundary] + symbols + [TokenVocabulary.boundary] : symbols
  }

  /// The automaton for inner loops.
  var view: View {
    View(
      trie: trie.view, suffixes: suffixes.view, potentials: potentials.view,
      earnings: earnings.view, gains: gains.view, endsWords: endsWords)
  }

  struct View: BitwiseCopyable {
    fileprivate let trie: SymbolTrie.View
    /// For each state the longest proper suffix that is a state too.
    fileprivate let suffixes: UnsafeBufferPointer<Int32>
    /// What is lent to a phrase under way.
    let potentials: UnsafeBufferPointer<Double>
    /// The boosts of the phrases that end in a state.
    fileprivate let earnings: UnsafeBufferPointer<Double>
    /// The most that one symbol can add.
    let gains: UnsafeBufferPointer<Double>
    fileprivate let endsWords: Bool

    @inline(__always)
    fileprivate func next(_ state: Int32, _ symbol: UInt32) -> Int32 {
      var state = state
      while true {
        let child = trie.child(state, symbol)
        if child >= 0 { return child }
        if state == 0 { return 0 }
        state = suffixes[Int(state)]
      }
    }

    /// The state after more symbols, and the boosts of the phrases that they complete.
    @inline(__always)
    func step(
      _ state: Int32, _ symbols: UnsafeBufferPointer<UInt32>
    ) -> (state: Int32, earned: Double) {
      var current = state
      var earned = 0.0
      for symbol in symbols {
        current = next(current, symbol)
        earned += earnings[Int(current)]
      }
      return (current, earned)
    }

    /// The boosts of the phrases that the end of the text completes.
    func finish(_ state: Int32) -> Double {
      endsWords ? earnings[Int(next(state, TokenVocabulary.boundary))] : 0
    }
  }
}
