/// The prefixes of a beam search and their extension by tokens, for CTC and transducers.
struct PrefixExpansion: ~Copyable {
  /// A prefix of a beam, to be extended.
  struct Source: BitwiseCopyable {
    var prefix: Int32
    /// The natural logarithm of its probability.
    var total: Double
    /// The largest score of an extension without the log-probability of its token; infinite if the
    /// tokens were chosen for this prefix alone.
    var reach: Double
    var bounds: FusionBounds
  }

  /// `nil` without a fusion.
  let session: FusionSession?
  private(set) var tree = PrefixTree()
  private var tokens = FrameTokens()
  /// The fusion's states of the collected extensions.
  private var states = Scratch<FusedState>()

  /// Begins with only the empty prefix, which is number 0.
  init(_ fusion: Fusion?) {
    session = fusion.map(FusionSession.init)
    tree.addRoot(session?.root() ?? Prefix(parent: -1, token: -1))
  }

  /// The bounds of a prefix's extra score after one more token.
  @inline(__always)
  func bounds(_ prefix: Int32) -> FusionBounds {
    session?.bounds(tree.pointer(prefix).pointee.fused) ?? FusionBounds()
  }

  /// Removes the extensions collected so far.
  mutating func removeExtensions() { states.removeAll() }

  /// Chooses the tokens of a row that can raise an extension above the floor.
  @inline(__always)
  mutating func chooseTokens(
    _ row: UnsafeBufferPointer<Double>, blank: Int, pruneThreshold: Double, floor: Double,
    _ reach: FrameTokens.Reach
  ) {
    tokens.choose(
      row, blank: blank, pruneThreshold: pruneThreshold, floor: floor, reach, session?.tokenBounds)
  }

  /// Whether a token can raise an extension of a prefix above the floor.
  @inline(__always)
  func reaches(_ source: Source, above floor: Double) -> Bool {
    tokens.reaches(source, above: floor)
  }

  /// Collects the extensions of a prefix by the chosen tokens, the most probable token first.
  ///
  /// - Parameter extender: The ``session``, or ``PlainExtender`` without one. Callers with many
  ///   sources unwrap the session once, because each use of the property changes a reference count.
  @inline(__always)
  mutating func extend<Extender: PrefixExtender, Collector: ExtensionCollector & ~Copyable>(
    _ source: Source, _ extender: Extender, into collector: inout Collector
  ) {
    let prefix = tree.pointer(source.prefix)
    var lifted = tokens.lifted(by: source, above: collector.floor)
    for index in 0..<tokens.sorted.count {
      let token = tokens.sorted[index]
      guard source.reach + token.logProbability > collector.floor else { break }
      extend(source, prefix, by: token, extender, into: &collector)
    }
    while lifted != 0 {
      var index = tokens.firstLifted[lifted.trailingZeroBitCount]
      while index >= 0 {
        let token = tokens.lifted[Int(index)]
        if source.reach + token.logProbability > collector.floor {
          extend(source, prefix, by: token, extender, into: &collector)
        }
        index = token.next
      }
      lifted &= lifted - 1
    }
  }

  /// Collects the extensions of a prefix by one token.
  @inline(__always)
  private mutating func extend<Extender: PrefixExtender, Collector: ExtensionCollector & ~Copyable>(
    _ source: Source, _ prefix: UnsafeMutablePointer<Prefix>, by token: FrameTokens.Token,
    _ extender: Extender, into collector: inout Collector
  ) {
    guard collector.mayExtend(by: token.number) else { return }
    extender.extend(source, prefix, by: token, above: collector.floor) { state in
      var new = PrefixExtension(parent: source.prefix, token: token.number)
      if let state { (new.word, new.state) = (state.word, Int32(states.count)) }
      let isTaken = collector.collect(new, token.logProbability, state, tree)
      if isTaken, let state { states.append(state) }
    }
  }

  /// The number of an extension's prefix, which is added to the tree if it is new.
  @inline(__always)
  mutating func prefix(of new: PrefixExtension, _ session: FusionSession?) -> Int32 {
    let known = tree.child(of: new.parent, token: new.token, word: new.word)
    guard known < 0 else { return known }
    var prefix = Prefix(parent: new.parent, token: new.token)
    if let session {
      prefix.fused = states[Int(new.state)]
      session.keep(&prefix.fused)
    }
    return tree.add(prefix)
  }

  /// Drops the memory of a frame's extensions that no prefix uses.
  func endFrame() { session?.endFrame() }

  /// Drops the prefixes without descendants in a beam. Returns the new number of each old prefix.
  mutating func compact(keeping beam: some Sequence<Int32>) -> [Int32] {
    let numbers = tree.compact(keeping: beam)
    session?.compact(tree)
    return numbers
  }
}
