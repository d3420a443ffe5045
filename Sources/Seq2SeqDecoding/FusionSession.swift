/// One decoding's use of a ``Fusion``: how a token extends a prefix, in every way that it can.
final class FusionSession {
  /// An extension of a prefix by a token.
  struct Extension: BitwiseCopyable {
    /// The word that ends, the states behind the token, and the scores, as in ``Prefix``.
    var word = Prefix.noWord
    var lexicalState: Int32 = 0
    var languageState: Int32 = 0
    var phraseState: Int32 = 0
    var language = 0.0
    var lookAhead = 0.0
    var bias = 0.0
    var extra = 0.0
  }

  /// The end of a word under way.
  private struct Ending: BitwiseCopyable {
    var word: Int32
    var languageState: Int32
    var added: Double
  }

  let fusion: Fusion
  private let session: LanguageModelSession?
  private var endings = Scratch<Ending>()

  init(_ fusion: Fusion) {
    self.fusion = fusion
    session = fusion.model?.makeSession()
  }

  /// The empty prefix.
  func root() -> Prefix {
    var root = Prefix(parent: -1, token: -1)
    root.languageState = session?.start() ?? 0
    root.phraseState = fusion.phrases?.start ?? 0
    root.bias = 0
    root.extra = fusion.phrases?.potential(root.phraseState) ?? 0
    return root
  }

  /// At most this much more than its finished scores may a prefix have after a further token.
  func bound(_ prefix: borrowing Prefix) -> Double {
    var bound = prefix.language + prefix.bias + fusion.largestLanguageGain
    if let phrases = fusion.phrases {
      bound += phrases.potential(prefix.phraseState)
      let gain = phrases.gains[Int(prefix.phraseState)]
      bound += gain + Double(max(1, fusion.vocabulary.symbols.longest) - 1) * phrases.largestGain
    }
    return bound
  }

  /// Calls `body` with every way in which `token` extends `prefix`.
  @inline(__always)
  func extensions(
    of prefix: UnsafeMutablePointer<Prefix>, by token: Int32, _ body: (Extension) -> Void
  ) {
    var base = Extension()
    base.languageState = prefix.pointee.languageState
    base.language = prefix.pointee.language
    base.bias = prefix.pointee.bias
    var potential = 0.0
    if let phrases = fusion.phrases {
      let (state, earned) = phrases.step(
        prefix.pointee.phraseState, fusion.vocabulary.symbols[Int(token)])
      base.phraseState = state
      base.bias += earned
      potential = phrases.potential(state)
    }
    if let model = fusion.model, model.unit == .token {
      base.language += scoreElement(
        fusion.elements[Int(token)], model, after: &base.languageState)
    }
    guard let lexicon = fusion.lexicon else {
      base.extra = base.language + base.bias + potential
      body(base)
      return
    }
    @inline(__always) func go(_ start: Extension, _ symbols: ArraySlice<UInt32>) {
      var next = start
      for symbol in symbols where symbol != TokenVocabulary.boundary {
        next.lexicalState = next.lexicalState < 0 ? -1 : lexicon.child(next.lexicalState, symbol)
        if next.lexicalState < 0 && fusion.isConstrained { return }
      }
      next.lookAhead = fusion.lookAhead(next.lexicalState)
      next.extra = next.language + next.lookAhead + next.bias + potential
      body(next)
    }
    let symbols = fusion.spelling[Int(token)]
    let boundary = symbols.firstIndex(of: TokenVocabulary.boundary)
    let state = prefix.pointee.lexicalState
    base.lexicalState = state
    guard let boundary else {
      go(base, symbols)
      // Where nothing separates words, a word may end before any token.
      if !fusion.vocabulary.separatesWords && state > 0 && !lexicon.words(at: state).isEmpty {
        forEachEnding(of: prefix) { ending in
          go(ended(base, ending), symbols)
        }
      }
      return
    }
    // Letters before the separator still belong to the word.
    if boundary > symbols.startIndex || state == 0 {
      guard boundary == symbols.startIndex else {
        return endWithin(base, symbols, boundary, potential, body)
      }
      go(base, symbols)
      return
    }
    forEachEnding(of: prefix) { ending in
      go(ended(base, ending), symbols[boundary...])
    }
  }

  /// A token such as `"s "`: letters that end a word, and the separator.
  private func endWithin(
    _ base: Extension, _ symbols: ArraySlice<UInt32>, _ boundary: Int, _ potential: Double,
    _ body: (Extension) -> Void
  ) {
    guard let lexicon = fusion.lexicon else { return }
    var inner = base
    for symbol in symbols[..<boundary] {
      inner.lexicalState = inner.lexicalState < 0 ? -1 : lexicon.child(inner.lexicalState, symbol)
    }
    func finish(_ ending: Ending) {
      var next = ended(base, ending)
      for symbol in symbols[boundary...] where symbol != TokenVocabulary.boundary {
        next.lexicalState = next.lexicalState < 0 ? -1 : lexicon.child(next.lexicalState, symbol)
        if next.lexicalState < 0 && fusion.isConstrained { return }
      }
      next.lookAhead = fusion.lookAhead(next.lexicalState)
      next.extra = next.language + next.lookAhead + next.bias + potential
      body(next)
    }
    endings(inLexicalState: inner.lexicalState, languageState: base.languageState, finish)
  }

  private func ended(_ base: Extension, _ ending: Ending) -> Extension {
    var next = base
    next.word = ending.word
    next.lexicalState = 0
    next.languageState = ending.languageState
    next.language += ending.added
    return next
  }

  /// The words that the one under way may be, each scored once in the life of a prefix.
  @inline(__always)
  private func forEachEnding(
    of prefix: UnsafeMutablePointer<Prefix>, _ body: (Ending) -> Void
  ) {
    if prefix.pointee.firstEnding < 0 {
      let first = endings.count
      endings(
        inLexicalState: prefix.pointee.lexicalState,
        languageState: prefix.pointee.languageState
      ) { ending in
        var ending = ending
        ending.languageState = session?.keep(ending.languageState) ?? 0
        endings.append(ending)
      }
      prefix.pointee.firstEnding = Int32(first)
      prefix.pointee.endingCount = Int32(endings.count - first)
    }
    let first = Int(prefix.pointee.firstEnding)
    for index in first..<first + Int(prefix.pointee.endingCount) { body(endings[index]) }
  }

  private func endings(
    inLexicalState state: Int32, languageState: Int32, _ body: (Ending) -> Void
  ) {
    guard let lexicon = fusion.lexicon else { return }
    let words = state > 0 ? lexicon.words(at: state) : []
    for word in words { body(ending(word, languageState)) }
    if words.isEmpty && !fusion.isConstrained { body(ending(Prefix.unknownWord, languageState)) }
  }

  private func ending(_ word: Int32, _ languageState: Int32) -> Ending {
    guard let model = fusion.model, model.unit == .word else {
      return Ending(word: word, languageState: languageState, added: 0)
    }
    var state = languageState
    let element = word >= 0 ? fusion.elements[Int(word)] : -1
    let added = scoreElement(element, model, after: &state)
    return Ending(word: word, languageState: state, added: added)
  }

  /// The weighted score of an element; the state moves on.
  @inline(__always)
  private func scoreElement(
    _ element: Int32, _ model: LanguageModelFusion, after state: inout Int32
  ) -> Double {
    var score = model.insertionBonus + (element < 0 ? model.unknownPenalty : 0)
    if let known = element >= 0 ? Int(element) : model.unknownElement, let session {
      let (logProbability, next) = session.score(known, after: state)
      state = next
      score += model.weight * logProbability
    }
    return score
  }

  /// How a text ends after a prefix: the last word, the model's end of text, the phrases; `nil` for the
  /// word where the lexicon has none there.
  func finish(
    _ prefix: UnsafeMutablePointer<Prefix>
  ) -> (word: Int32, language: Double, bias: Double, isComplete: Bool) {
    var word = Prefix.noWord
    var language = prefix.pointee.language
    var languageState = prefix.pointee.languageState
    var isComplete = true
    if fusion.lexicon != nil && prefix.pointee.lexicalState != 0 {
      var best: Ending?
      var bestScore = -Double.infinity
      forEachEnding(of: prefix) { ending in
        let score = ending.added + finish(ending.languageState)
        if best == nil || score > bestScore { (best, bestScore) = (ending, score) }
      }
      if let best {
        word = best.word
        language += best.added
        languageState = best.languageState
      } else {
        isComplete = false
        language += prefix.pointee.lookAhead
      }
    }
    language += finish(languageState)
    let bias = prefix.pointee.bias + (fusion.phrases?.finish(prefix.pointee.phraseState) ?? 0)
    return (word, language, bias, isComplete)
  }

  private func finish(_ languageState: Int32) -> Double {
    guard let model = fusion.model, let session else { return 0 }
    return model.weight * session.finish(languageState)
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
      let state = prefix.pointee.languageState
      if numbers[state] == nil {
        numbers[state] = Int32(states.count)
        states.append(state)
      }
      prefix.pointee.languageState = numbers[state] ?? 0
    }
    session?.compact(states)
  }
}
