import Seq2SeqLosses

/// A time-synchronous beam search over a transducer's outputs under way.
///
/// At each frame the prefixes that wait there are extended by one label after the other; blanks and moves that take
/// frames put them into the beams of later ones. Paths to one prefix at one frame are summed. This is the search of
/// Graves (2012, arXiv 1211.3711, section 2.5) with a bound on the labels of a frame, as Kim and Lee have it (2020,
/// arXiv 2002.03577), and sums that are exact.
///
/// Where scores tie, an older prefix comes before a younger, then an older parent, a lower token and a lower word.
struct TransducerBeamSearch: ~Copyable {
  let options: TransducerBeamSearchOptions
  let moves: DecoderMoves
  let session: FusionSession?
  /// The frames so far.
  private(set) var frames = 0
  var tree = PrefixTree()
  var traces = EmissionTraces()
  /// What waits at the next frame and at each that a move may reach from it, `[farthest + 1]`.
  var beams: [TransducerBeam]
  var tokens = FrameTokens()
  var rows: JoinerOutputs
  /// The row of each prefix that was joined at the frame.
  var rowOfPrefix: [Int32: Int] = [:]
  /// By how many frames the move takes.
  var candidates: [[TransducerCandidate]]
  var extensions = Scratch<FusedState>()
  /// How many prefixes or traces were kept the last time that others were dropped.
  private var kept = 0

  init(_ decoder: TransducerBeamSearchDecoder) {
    options = decoder.options
    moves = decoder.moves
    session = decoder.fusion.map(FusionSession.init)
    rows = JoinerOutputs(moves, decoder.vocabulary)
    beams = Array(repeating: TransducerBeam(), count: moves.farthest + 1)
    candidates = Array(repeating: [], count: moves.farthest + 1)
    let root = session?.root() ?? Prefix(parent: -1, token: -1)
    tree.addRoot(root)
    let start = TransducerBeam.Paths(total: 0, best: 0)
    beams[0].add(.init(prefix: 0, paths: start, ended: start, extra: root.fused.extra))
  }

  /// Takes in a frame.
  ///
  /// - Parameter join: Adds rows for prefixes at the frame.
  /// - Throws: What `join` throws; the search is then as before.
  mutating func step(
    _ join: (_ prefixes: [Int32], _ tree: borrowing PrefixTree, _ rows: inout JoinerOutputs) throws
      ->
      Void
  ) throws {
    defer { session?.forgetProvisional() }
    rows.removeAll()
    rowOfPrefix.removeAll(keepingCapacity: true)
    var next = beams
    var current = next[0].selection(width: options.beamWidth, above: floor(next, from: 0))
    next[0] = TransducerBeam()
    for label in 0...moves.maximumLabels {
      guard !current.isEmpty else { break }
      let missing = current.map(\.prefix).filter { rowOfPrefix[$0] == nil }
      if !missing.isEmpty {
        for (index, prefix) in missing.enumerated() { rowOfPrefix[prefix] = rows.count + index }
        try join(missing, tree, &rows)
      }
      addBlanks(current, &next)
      guard label < moves.maximumLabels else { break }
      // What stays at the frame is all that the next round begins with.
      next[0] = TransducerBeam()
      addLabels(current, &next)
      current = next[0].selection(width: options.beamWidth, above: floor(next, from: 0))
    }
    next.removeFirst()
    next.append(TransducerBeam())
    beams = next
    frames += 1
  }

  /// What scores are above that are no further below the best at some frame or later than the threshold.
  func floor(_ beams: [TransducerBeam], from first: Int) -> Double {
    var best = -Double.infinity
    for beam in beams[first...] { best = max(best, beam.best) }
    return (best - options.beamThreshold).nextDown
  }

  /// The prefixes of all beams.
  var prefixes: [Int32] { beams.flatMap { $0.entries.map(\.prefix) } }

  /// Drops prefixes and traces that no beam comes from, if there are more than `limit` and twice as many as the last
  /// time; gives the new numbers of prefixes then.
  mutating func compactIfLarge(above limit: Int) -> [Int32]? {
    guard max(tree.count, traces.count) > max(limit, 2 * kept) else { return nil }
    let numbers = tree.compact(keeping: prefixes)
    session?.compact(tree)
    let traceNumbers = traces.compact(
      keeping: beams.flatMap { $0.entries.flatMap { [$0.paths.trace, $0.ended.trace] } })
    for index in beams.indices { beams[index].renumber(prefixes: numbers, traces: traceNumbers) }
    kept = max(tree.count, traces.count)
    return numbers
  }
}
