/// The words that unfinished words may become, each scored once for every prefix.
struct WordEnds {
  /// The end of an unfinished word.
  struct End: BitwiseCopyable {
    var word: Int32
    /// The language model's state and its weighted score.
    var languageState: Int32
    var score: Double
  }

  private let model: LanguageModelComponent
  private let isConstrained: Bool
  private let ends = SharedScratch<End>()

  init(_ model: LanguageModelComponent, isConstrained: Bool) {
    self.model = model
    self.isConstrained = isConstrained
  }

  subscript(index: Int) -> End {
    @inline(__always) get { ends[index] }
  }

  /// The indices of a prefix's ends.
  @inline(__always)
  func places(
    of prefix: UnsafeMutablePointer<Prefix>, _ lexicon: LexiconTree.View
  ) -> Range<Int> {
    if prefix.pointee.firstEnding < 0 { find(prefix, lexicon) }
    let first = Int(prefix.pointee.firstEnding)
    return first..<first + Int(prefix.pointee.endingCount)
  }

  private func find(_ prefix: UnsafeMutablePointer<Prefix>, _ lexicon: LexiconTree.View) {
    let first = ends.count
    forEach(at: prefix.pointee.fused.lexicalState, prefix.pointee.fused.languageState, lexicon) {
      var end = $0
      end.languageState = model.kept(end.languageState)
      ends.append(end)
    }
    prefix.pointee.firstEnding = Int32(first)
    prefix.pointee.endingCount = Int32(ends.count - first)
  }

  /// Calls `body` with each word that may end at a node of the lexicon; with -1 outside the
  /// lexicon.
  func forEach(
    at node: Int32, _ languageState: Int32, _ lexicon: LexiconTree.View, _ body: (End) -> Void
  ) {
    let words = node > 0 ? lexicon.words(at: node) : UnsafeBufferPointer(start: nil, count: 0)
    for word in words { body(end(word, languageState)) }
    if words.isEmpty && !isConstrained { body(end(FusedState.unknownWord, languageState)) }
  }

  private func end(_ word: Int32, _ languageState: Int32) -> End {
    var state = languageState
    let score = model.score(ofWord: word, after: &state)
    return End(word: word, languageState: state, score: score)
  }

  /// Removes all ends. They are computed again when the prefixes need them.
  func removeAll(_ tree: borrowing PrefixTree) {
    ends.removeAll()
    for index in 0..<Int32(tree.count) {
      let prefix = tree.pointer(index)
      (prefix.pointee.firstEnding, prefix.pointee.endingCount) = (-1, 0)
    }
  }
}
