/// One decoding's use of a ``Fusion``: how a token extends a prefix, in every way that it can.
final class FusionSession {
  /// The end of a word under way.
  private struct Ending: BitwiseCopyable {
    var word: Int32
    var languageState: Int32
    var added: Double
  }

  /// The numbers of a ``LanguageModelFusion``.
  private struct Weights: BitwiseCopyable {
    var scoresTokens: Bool
    var weight, insertionBonus, unknownPenalty: Double
    var unknownElement: Int32
  }

  let fusion: Fusion
  private let session: LanguageModelSession?
  private var endings = Scratch<Ending>()

  // What inner loops read, without counting references to it; `fusion` keeps it alive.
  private let symbols: SymbolTable.View
  private let spelling: SymbolTable.View
  let lexicon: LexiconTree.View?
  let phrases: PhraseAutomaton.View?
  private let elements: UnsafeBufferPointer<Int32>
  /// What bounds know of each token, `[vocabulary]`.
  let tokenBounds: UnsafeBufferPointer<TokenBounds>
  private let weights: Weights?
  let isConstrained, separatesWords, scoresWordsAhead: Bool
  let unknownLookAhead, largestLanguageGain, furtherPhraseGain: Double

  init(_ fusion: Fusion) {
    self.fusion = fusion
    session = fusion.model?.makeSession()
    symbols = fusion.vocabulary.symbols.view
    spelling = fusion.spelling.view
    lexicon = fusion.lexicon?.view
    phrases = fusion.phrases?.view
    elements = fusion.elements.view
    tokenBounds = fusion.tokenBounds.view
    weights = fusion.model.map {
      Weights(
        scoresTokens: $0.unit == .token, weight: $0.weight, insertionBonus: $0.insertionBonus,
        unknownPenalty: $0.unknownPenalty, unknownElement: $0.unknownElement.map(Int32.init) ?? -1)
    }
    isConstrained = fusion.isConstrained
    separatesWords = fusion.vocabulary.separatesWords
    scoresWordsAhead = fusion.model?.unit == .word
    unknownLookAhead = fusion.unknownLookAhead
    largestLanguageGain = fusion.largestLanguageGain
    furtherPhraseGain =
      Double(max(1, fusion.vocabulary.symbols.longest) - 1) * (fusion.phrases?.largestGain ?? 0)
  }

  /// The empty prefix.
  func root() -> Prefix {
    var root = Prefix(parent: -1, token: -1)
    root.fused.languageState = session?.start() ?? 0
    root.fused.phraseState = fusion.phrases?.start ?? 0
    root.fused.extra = phrases?.states[Int(root.fused.phraseState)].potential ?? 0
    return root
  }

  /// Whether a token extends a prefix in one way: there is no lexicon.
  var extendsUniquely: Bool { lexicon == nil }

  /// The one way, without a lexicon, in which `token` extends a prefix.
  @inline(__always)
  func extended(_ prefix: FusedState, by token: Int32, _ bounds: Bounds) -> FusedState {
    var (next, potential) = advanced(prefix, by: token, bounds)
    next.extra = next.language + next.bias + potential
    return next
  }

  /// A prefix with a further token, but for words; and the share of phrases under way, which is no part of
  /// what is kept for good.
  @inline(__always)
  private func advanced(
    _ prefix: FusedState, by token: Int32, _ bounds: Bounds
  ) -> (FusedState, potential: Double) {
    var next = prefix
    next.word = FusedState.noWord
    next.lookAhead = 0
    var potential = 0.0
    if let phrases {
      let fresh = tokenBounds[Int(token)].phrases
      if bounds.continuations & fresh.bit == 0 {
        next.phraseState = fresh.state
        next.bias += fresh.earned
        potential = fresh.potential
      } else {
        let (state, earned) = phrases.step(next.phraseState, symbols[Int(token)])
        next.phraseState = state
        next.bias += earned
        potential = phrases.states[Int(state)].potential
      }
    }
    if let weights, weights.scoresTokens {
      next.language += scoreElement(elements[Int(token)], weights, after: &next.languageState)
    }
    return (next, potential)
  }

  /// Adds every way in which `token` extends a prefix, where its letters go on with words or end them.
  func extend(
    _ prefix: UnsafeMutablePointer<Prefix>, by token: Int32, _ bounds: Bounds,
    into extensions: inout Scratch<FusedState>
  ) {
    let (base, potential) = advanced(prefix.pointee.fused, by: token, bounds)
    guard let lexicon else { return }
    let spelling = spelling[Int(token)]
    var boundary = 0
    while boundary < spelling.count && spelling[boundary] != TokenVocabulary.boundary {
      boundary += 1
    }
    let state = base.lexicalState
    let isAcross = boundary < spelling.count
    if !isAcross || (boundary == 0 && state == 0) {
      walk(base, spelling, from: 0, potential, lexicon, into: &extensions)
      // Where nothing separates words, a word may end before any token.
      if isAcross || separatesWords || state <= 0 || lexicon.words(at: state).count == 0 { return }
    }
    if isAcross && boundary > 0 {
      // Letters before the separator still belong to the word.
      var inner = state
      for index in 0..<boundary { inner = step(inner, spelling[index], lexicon) }
      return endings(inLexicalState: inner, base.languageState, lexicon) {
        walk(ended(base, $0), spelling, from: boundary, potential, lexicon, into: &extensions)
      }
    }
    for index in knownEndings(of: prefix, lexicon) {
      let base = ended(base, endings[index])
      walk(base, spelling, from: 0, potential, lexicon, into: &extensions)
    }
  }

  @inline(__always)
  private func step(_ state: Int32, _ symbol: UInt32, _ lexicon: LexiconTree.View) -> Int32 {
    state < 0 ? -1 : lexicon.trie.child(state, symbol)
  }

  /// Goes on with the letters of a token; nowhere, if the lexicon must have them and does not.
  @inline(__always)
  private func walk(
    _ base: FusedState, _ spelling: UnsafeBufferPointer<UInt32>, from first: Int,
    _ potential: Double, _ lexicon: LexiconTree.View, into extensions: inout Scratch<FusedState>
  ) {
    var next = base
    for index in first..<spelling.count where spelling[index] != TokenVocabulary.boundary {
      next.lexicalState = step(next.lexicalState, spelling[index], lexicon)
      if next.lexicalState < 0 && isConstrained { return }
    }
    if scoresWordsAhead && next.lexicalState != 0 {
      next.lookAhead =
        next.lexicalState > 0 ? lexicon.bestScores[Int(next.lexicalState)] : unknownLookAhead
    }
    next.extra = next.language + next.lookAhead + next.bias + potential
    extensions.append(next)
  }

  @inline(__always)
  private func ended(_ base: FusedState, _ ending: Ending) -> FusedState {
    var next = base
    next.word = ending.word
    next.lexicalState = 0
    // A model of tokens has moved on by the token already.
    if scoresWordsAhead { next.languageState = ending.languageState }
    next.language += ending.added
    return next
  }

  /// The words that the one under way may be, each scored once in the life of a prefix.
  @inline(__always)
  private func knownEndings(
    of prefix: UnsafeMutablePointer<Prefix>, _ lexicon: LexiconTree.View
  ) -> Range<Int> {
    if prefix.pointee.firstEnding < 0 { findEndings(of: prefix, lexicon) }
    let first = Int(prefix.pointee.firstEnding)
    return first..<first + Int(prefix.pointee.endingCount)
  }

  private func findEndings(
    of prefix: UnsafeMutablePointer<Prefix>, _ lexicon: LexiconTree.View
  ) {
    let first = endings.count
    endings(
      inLexicalState: prefix.pointee.fused.lexicalState, prefix.pointee.fused.languageState, lexicon
    ) {
      var ending = $0
      ending.languageState = keep(ending.languageState)
      endings.append(ending)
    }
    prefix.pointee.firstEnding = Int32(first)
    prefix.pointee.endingCount = Int32(endings.count - first)
  }

  private func endings(
    inLexicalState state: Int32, _ languageState: Int32, _ lexicon: LexiconTree.View,
    _ body: (Ending) -> Void
  ) {
    let words = state > 0 ? lexicon.words(at: state) : UnsafeBufferPointer(start: nil, count: 0)
    for word in words { body(ending(word, languageState)) }
    if words.isEmpty && !isConstrained { body(ending(FusedState.unknownWord, languageState)) }
  }

  private func ending(_ word: Int32, _ languageState: Int32) -> Ending {
    guard let weights, !weights.scoresTokens else {
      return Ending(word: word, languageState: languageState, added: 0)
    }
    var state = languageState
    let added = scoreElement(word >= 0 ? elements[Int(word)] : -1, weights, after: &state)
    return Ending(word: word, languageState: state, added: added)
  }

  /// The weighted score of an element; the state moves on.
  @inline(__always)
  private func scoreElement(
    _ element: Int32, _ weights: Weights, after state: inout Int32
  ) -> Double {
    var score = weights.insertionBonus + (element < 0 ? weights.unknownPenalty : 0)
    let known = element >= 0 ? element : weights.unknownElement
    if known >= 0, let session {
      let (logProbability, next) = session.score(Int(known), state)
      state = next
      score += weighted(logProbability, by: weights.weight)
    }
    return score
  }

  /// How a text ends after a prefix: the last word, the model's end of text, the phrases.
  func finish(
    _ prefix: UnsafeMutablePointer<Prefix>
  ) -> (word: Int32, language: Double, bias: Double, isComplete: Bool) {
    var word = FusedState.noWord
    var language = prefix.pointee.fused.language
    var languageState = prefix.pointee.fused.languageState
    var isComplete = true
    if let lexicon, prefix.pointee.fused.lexicalState != 0 {
      var best: Ending?
      var bestScore = -Double.infinity
      for index in knownEndings(of: prefix, lexicon) {
        let score = endings[index].added + finish(endings[index].languageState)
        if best == nil || score > bestScore { (best, bestScore) = (endings[index], score) }
      }
      if let best {
        word = best.word
        language += best.added
        languageState = best.languageState
      } else {
        isComplete = false
        language += prefix.pointee.fused.lookAhead
      }
    }
    language += finish(languageState)
    let bias = prefix.pointee.fused.bias + (phrases?.finish(prefix.pointee.fused.phraseState) ?? 0)
    return (word, language, bias, isComplete)
  }

  private func finish(_ languageState: Int32) -> Double {
    guard let weights, let session else { return 0 }
    return weighted(session.finish(languageState), by: weights.weight)
  }

  func keep(_ state: Int32) -> Int32 { session?.keep(state) ?? 0 }

  func forgetProvisional() { session?.forgetProvisional() }

  /// Keeps what the prefixes of a tree that was made smaller refer to.
  func compact(_ tree: borrowing PrefixTree) {
    endings.removeAll()
    var states: [Int32] = []
    var numbers: [Int32: Int32] = [:]
    for index in 0..<Int32(tree.count) {
      let prefix = tree.pointer(index)
      (prefix.pointee.firstEnding, prefix.pointee.endingCount) = (-1, 0)
      let state = prefix.pointee.fused.languageState
      let number = numbers[state] ?? Int32(states.count)
      if numbers.updateValue(number, forKey: state) == nil { states.append(state) }
      prefix.pointee.fused.languageState = number
    }
    session?.compact(states)
  }
}
