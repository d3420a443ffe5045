/// The lexicon of a fusion. It divides the letters of tokens into words, in every way that its
/// words allow.
final class LexiconComponent: FusionComponent {
  /// `nil` without a lexicon.
  private let lexicon: LexiconTree.View?
  private let spelling: SymbolTable.View
  private let isConstrained, separatesWords, scoresWords: Bool
  private let unknownLookAhead: Double
  private let ends: WordEnds
  /// The ways in which the current token extends a prefix.
  private let ways = SharedScratch<FusedState>()

  /// - Parameter model: Scores completed words.
  init(_ fusion: Fusion, _ model: LanguageModelComponent) {
    lexicon = fusion.lexicon?.view
    spelling = fusion.spelling.view
    isConstrained = fusion.isConstrained
    separatesWords = fusion.vocabulary.separatesWords
    scoresWords = model.scoresWords
    unknownLookAhead = fusion.unknownLookAhead
    ends = WordEnds(model, isConstrained: isConstrained)
  }

  @inline(__always)
  func bound(_ state: FusedState, _ bounds: inout FusionBounds) {
    guard let lexicon else { return }
    // After the end of a word the token may begin another.
    if scoresWords {
      bounds.across += max(0, lexicon.bestScores[0], isConstrained ? 0 : unknownLookAhead)
    }
    guard separatesWords else {
      bounds.within = bounds.across
      return
    }
    // Deeper in the tree, the best word below can only be worse, or the word becomes unknown.
    let node = state.lexicalState
    let ahead = node < 0 ? -.infinity : lexicon.bestScores[Int(node)]
    bounds.unknown = isConstrained ? -.infinity : bounds.unknown + unknownLookAhead
    bounds.within = max(bounds.within + ahead, bounds.unknown)
    bounds.letters = node < 0 ? SymbolSet.none : lexicon.children[Int(node)]
  }

  @inline(__always)
  func extend(_ state: FusedState, _ step: FusionStep, _ next: (FusedState) -> Void) {
    guard let lexicon else { return next(state) }
    collect(state, step, lexicon)
    for index in 0..<ways.count { next(ways[index]) }
  }

  /// Collects the ways in which the letters of a token continue words or end them.
  private func collect(_ base: FusedState, _ step: FusionStep, _ lexicon: LexiconTree.View) {
    ways.removeAll()
    let spelling = spelling[Int(step.token)]
    var boundary = 0
    while boundary < spelling.count && spelling[boundary] != TokenVocabulary.boundary {
      boundary += 1
    }
    let node = base.lexicalState
    let isAcross = boundary < spelling.count
    if !isAcross || (boundary == 0 && node == 0) {
      walk(base, spelling, from: 0, lexicon)
      // If no token separates words, a word may end before any token.
      if isAcross || separatesWords || node <= 0 || lexicon.words(at: node).count == 0 { return }
    }
    if isAcross && boundary > 0 {
      // Letters before the separator belong to the word that ends.
      var inner = node
      for index in 0..<boundary { inner = child(inner, spelling[index], lexicon) }
      return ends.forEach(at: inner, base.languageState, lexicon) {
        walk(ended(base, $0), spelling, from: boundary, lexicon)
      }
    }
    for index in ends.places(of: step.prefix, lexicon) {
      walk(ended(base, ends[index]), spelling, from: 0, lexicon)
    }
  }

  @inline(__always)
  private func child(_ node: Int32, _ symbol: UInt32, _ lexicon: LexiconTree.View) -> Int32 {
    node < 0 ? -1 : lexicon.trie.child(node, symbol)
  }

  /// Collects the way along the letters of a token from `first` on, unless it leaves the lexicon
  /// and may not.
  @inline(__always)
  private func walk(
    _ base: FusedState, _ spelling: UnsafeBufferPointer<UInt32>, from first: Int,
    _ lexicon: LexiconTree.View
  ) {
    var next = base
    for index in first..<spelling.count where spelling[index] != TokenVocabulary.boundary {
      next.lexicalState = child(next.lexicalState, spelling[index], lexicon)
      if next.lexicalState < 0 && isConstrained { return }
    }
    if scoresWords && next.lexicalState != 0 {
      next.lookAhead =
        next.lexicalState > 0 ? lexicon.bestScores[Int(next.lexicalState)] : unknownLookAhead
    }
    ways.append(next)
  }

  /// The state after the end of the unfinished word.
  @inline(__always)
  private func ended(_ state: FusedState, _ end: WordEnds.End) -> FusedState {
    var next = state
    next.word = end.word
    next.lexicalState = 0
    next.lookAhead = 0
    // A model of tokens has scored the token already.
    if scoresWords {
      next.languageState = end.languageState
      next.language += end.score
    }
    return next
  }

  func finish(
    _ state: FusedState, _ prefix: UnsafeMutablePointer<Prefix>, _ next: (FusedState) -> Void
  ) {
    guard let lexicon, state.lexicalState != 0 else { return next(state) }
    let places = ends.places(of: prefix, lexicon)
    guard !places.isEmpty else {
      // The word stays unfinished.
      var state = state
      state.language += state.lookAhead
      state.lookAhead = 0
      return next(state)
    }
    for index in places { next(ended(state, ends[index])) }
  }

  func compact(_ tree: borrowing PrefixTree) { ends.removeAll(tree) }
}
