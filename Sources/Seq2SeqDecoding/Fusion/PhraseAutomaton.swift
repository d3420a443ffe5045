import Seq2SeqLosses

/// All phrases at once: the automaton of Aho and Corasick (1975) over the symbols of a text.
///
/// The bias of a text is the sum of the boosts of complete phrases and of a potential: the largest part of a boost that
/// a phrase in progress has reached. The potential depends on the state alone, so it disappears with the phrase.
///
/// Invariants:
/// - The suffix of a state is shorter than the state, and the root's is the root.
/// - A state's potential is at least that of its suffix; the root's is 0.
struct PhraseAutomaton: Sendable {
  /// The state before a text.
  private(set) var start: Int32 = 0
  private let endsWords: Bool
  private let trie: SymbolTrie.Frozen
  private let states: FrozenArray<State>
  private let tokens: FrozenArray<Token>
  /// The largest score that one symbol can add in any state.
  let largestGain: Double

  /// - Throws: ``InputError`` if a phrase is empty, if its boost exceeds 1e9 or is not finite, or
  ///   if a token is out of range.
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
    var states = [State](repeating: State(), count: count)
    // If a phrase occurs twice, also after folding, its last boost counts.
    var last: [Int32: Int] = [:]
    for (index, end) in ends.enumerated() { last[end] = index }
    for (index, end) in ends.enumerated() where last[end] == index {
      let phrase = bias.phrases[index]
      states[Int(end)].earning = phrase.boost
      guard phrase.boost > 0 else { continue }
      var node = Int(parents[Int(end)])
      while node != 0 {
        let share = phrase.boost * Double(depths[node]) / Double(depths[Int(end)])
        states[node].potential = max(states[node].potential, share)
        node = Int(parents[node])
      }
    }
    let frozen = SymbolTrie.Frozen(trie)
    let tree = frozen.view
    // A suffix is shorter than its state, so in the order of depth it is processed first.
    let order = (1..<max(count, 1)).sorted { (depths[$0], $0) < (depths[$1], $1) }
    for node in order {
      let (parent, bit) = (Int(parents[node]), SymbolSet.bit(of: symbols[node]))
      states[parent].children |= bit
      if depths[node] > 1 {
        states[parent].continuations |= bit
        var suffix = Int(states[parent].suffix)
        while suffix != 0 && tree.child(Int32(suffix), symbols[node]) < 0 {
          suffix = Int(states[suffix].suffix)
        }
        states[node].suffix = max(tree.child(Int32(suffix), symbols[node]), 0)
      }
      let suffix = states[Int(states[node].suffix)]
      states[node].potential = max(states[node].potential, suffix.potential)
      states[node].earning += suffix.earning
    }
    for node in order {
      let (state, parent) = (states[node], Int(parents[node]))
      states[parent].gain = max(
        states[parent].gain, state.potential + state.earning - states[parent].potential)
    }
    for node in order {
      let suffix = states[Int(states[node].suffix)]
      states[node].gain = max(
        states[node].gain, suffix.gain + suffix.potential - states[node].potential)
      states[node].continuations |= suffix.continuations
    }
    largestGain = states.reduce(0) { max($0, $1.gain) }
    self.states = FrozenArray(states)
    self.trie = frozen
    let view = View(
      trie: tree, states: self.states.view, endsWords: endsWords,
      tokens: UnsafeBufferPointer(start: nil, count: 0))
    tokens = FrozenArray(
      (0..<vocabulary.count).map { token in
        let symbols = vocabulary.symbols.view[token]
        let (state, earned) = view.step(0, symbols)
        return Token(
          bit: SymbolSet.bit(ofFirst: symbols), state: state, earned: earned,
          potential: view.states[Int(state)].potential)
      })
    if endsWords { start = view.next(0, TokenVocabulary.boundary) }
    checkInvariants(depths: depths)
  }

  /// The state after some symbols.
  struct State: BitwiseCopyable, Sendable {
    /// The part of a boost lent to an unfinished phrase.
    fileprivate(set) var potential = 0.0
    /// The largest score that one symbol can add.
    fileprivate(set) var gain = 0.0
    /// The ``SymbolSet`` with which unfinished phrases of any length may continue.
    fileprivate(set) var continuations = SymbolSet.none
    /// The boosts of the phrases that end here.
    fileprivate var earning = 0.0
    /// The ``SymbolSet`` of the symbols of the state's children.
    fileprivate var children: UInt64 = 0
    /// The longest proper suffix that is a state.
    fileprivate(set) var suffix: Int32 = 0
  }

  /// A token that continues no unfinished phrase; it may begin new ones.
  struct Token: BitwiseCopyable, Sendable {
    /// The bit of its first symbol in a ``SymbolSet``.
    var bit: UInt64 = 0
    /// The state after it, the boosts that it completes, and the potential afterwards.
    var state: Int32 = 0
    var earned = 0.0
    var potential = 0.0
    var score: Double { earned + potential }
  }

  private static func symbols(
    of phrase: PhraseBias.Phrase, _ index: Int, _ vocabulary: TokenVocabulary, _ endsWords: Bool
  ) throws(InputError) -> [UInt32] {
    guard phrase.boost.magnitude <= ScoreLimit.magnitude else {
      throw InputError(
        "phrases", position: index,
        (phrase.text.isEmpty ? "" : "\(quoted(phrase.text)): ")
          + "a boost of \(phrase.boost), where 1e9 is the largest magnitude")
    }
    var symbols: [UInt32]
    switch phrase.spelling {
    case .text(let text):
      guard vocabulary.texts != nil else {
        throw InputError("phrases", position: index, "a text, where the tokens have none")
      }
      symbols = vocabulary.symbols(of: text)
      // The texts of hypotheses have one space between words.
      if endsWords {
        symbols = Array(
          symbols.split(separator: TokenVocabulary.boundary)
            .joined(separator: [TokenVocabulary.boundary]))
      }
    case .tokens(let tokens):
      for token in tokens {
        if let problem = vocabulary.problem(ofToken: token) {
          throw InputError("phrases", position: index, problem)
        }
      }
      symbols = tokens.flatMap { vocabulary.symbols[$0] }
    }
    if endsWords {
      while symbols.first == TokenVocabulary.boundary { symbols.removeFirst() }
      while symbols.last == TokenVocabulary.boundary { symbols.removeLast() }
    }
    guard !symbols.isEmpty else {
      let hasTokens = phrase.spelling != .text("") && phrase.spelling != .tokens([])
      throw InputError(
        "phrases", position: index,
        hasTokens ? UnspellableText.onlySeparators : UnspellableText.empty)
    }
    return endsWords ? [TokenVocabulary.boundary] + symbols + [TokenVocabulary.boundary] : symbols
  }

  /// The automaton for inner loops.
  var view: View {
    View(trie: trie.view, states: states.view, endsWords: endsWords, tokens: tokens.view)
  }

  struct View: BitwiseCopyable {
    fileprivate let trie: SymbolTrie.View
    let states: UnsafeBufferPointer<State>
    fileprivate let endsWords: Bool
    let tokens: UnsafeBufferPointer<Token>

    @inline(__always)
    fileprivate func next(_ state: Int32, _ symbol: UInt32) -> Int32 {
      let bit = SymbolSet.bit(of: symbol)
      var state = state
      while true {
        if states[Int(state)].children & bit != 0 {
          let child = trie.child(state, symbol)
          if child >= 0 { return child }
        }
        if state == 0 { return 0 }
        state = states[Int(state)].suffix
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
        earned += states[Int(current)].earning
      }
      return (current, earned)
    }

    /// The boosts of the phrases that the end of the text completes.
    func finish(_ state: Int32) -> Double {
      endsWords ? states[Int(next(state, TokenVocabulary.boundary))].earning : 0
    }
  }
}
