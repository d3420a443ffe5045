import Seq2SeqLosses

/// A time-synchronous beam search over a transducer's outputs in progress.
///
/// In each frame, the prefixes in the frame's beam are extended by one label after the other.
/// Blanks, and other moves that consume frames, move them to the beams of later frames. Paths to
/// the same prefix at the same frame are added up. This is the search of Graves (2012, arXiv
/// 1211.3711, section 2.5) with a maximum number of labels per frame, as in Kim and Lee (2020,
/// arXiv 2002.03577), and with exact sums.
///
/// If scores tie, an older prefix precedes a younger one, then the older parent, the lower token
/// and the lower word.
struct TransducerBeamSearch: ~Copyable {
  let options: TransducerBeamSearchOptions
  let moves: DecoderMoves
  /// The number of frames so far.
  private(set) var frames = 0
  private(set) var expansion: PrefixExpansion
  /// The beams of the next frame and of each frame that a move may reach from it, `[farthest + 1]`.
  private(set) var beams: [TransducerBeam]
  private(set) var candidates: TransducerCandidates
  private var rows: JoinerOutputs
  /// The row of each prefix that was joined in the current frame.
  private var rowOfPrefix: [Int32: Int] = [:]
  /// The number of prefixes and traces that were kept when others were last dropped.
  private var kept = 0

  init(_ decoder: TransducerBeamSearchDecoder) {
    options = decoder.options
    moves = decoder.moves
    rows = JoinerOutputs(moves, decoder.vocabulary)
    expansion = PrefixExpansion(decoder.fusion)
    candidates = TransducerCandidates(options.search, moves)
    beams = candidates.beams
    let start = TransducerBeam.Paths(total: 0, best: 0)
    beams[0].add(
      .init(prefix: 0, paths: start, ended: start, extra: expansion.tree[0].fused.extra))
  }

  /// Processes a frame.
  ///
  /// - Parameter join: Adds rows for prefixes in the frame.
  /// - Throws: Errors of `join`; the search is then unchanged.
  mutating func step(
    _ join: (_ prefixes: [Int32], _ tree: borrowing PrefixTree, _ rows: inout JoinerOutputs) throws
      ->
      Void
  ) throws {
    defer { expansion.endFrame() }
    rows.removeAll()
    rowOfPrefix.removeAll(keepingCapacity: true)
    candidates.beams = beams
    candidates.frame = frames
    var current = candidates.takeEntries()
    for label in 0...moves.maximumLabels {
      guard !current.isEmpty else { break }
      let missing = current.map(\.prefix).filter { rowOfPrefix[$0] == nil }
      if !missing.isEmpty {
        for (index, prefix) in missing.enumerated() { rowOfPrefix[prefix] = rows.count + index }
        try join(missing, expansion.tree, &rows)
      }
      addBlanks(current)
      guard label < moves.maximumLabels else { break }
      addLabels(current)
      current = candidates.takeEntries()
    }
    candidates.beams.removeFirst()
    candidates.beams.append(TransducerBeam())
    beams = candidates.beams
    frames += 1
  }

  /// Moves entries to later frames by blanks.
  private mutating func addBlanks(_ entries: [TransducerBeam.Entry]) {
    for entry in entries {
      guard let index = rowOfPrefix[entry.prefix] else { continue }
      candidates.addBlanks(entry, UnsafePointer(rows[index]))
    }
  }

  /// Extends each entry by one label.
  private mutating func addLabels(_ entries: [TransducerBeam.Entry]) {
    expansion.removeExtensions()
    candidates.begin()
    for entry in entries {
      guard let index = rowOfPrefix[entry.prefix] else { continue }
      let row = UnsafePointer(rows[index])
      candidates.begin(entry, row)
      let source = PrefixExpansion.Source(
        prefix: entry.prefix, total: entry.paths.total, reach: .infinity,
        bounds: expansion.bounds(entry.prefix))
      var reach = FrameTokens.Reach()
      reach.include(source.total, source.bounds)
      expansion.chooseTokens(
        UnsafeBufferPointer(start: row, count: moves.vocabulary), blank: moves.blank,
        pruneThreshold: options.search.tokenPruneThreshold, floor: candidates.floor, reach)
      if let session = expansion.session {
        expansion.extend(source, session, into: &candidates)
      } else {
        expansion.extend(source, PlainExtender(), into: &candidates)
      }
    }
    candidates.settle(&expansion)
  }

  /// The prefixes of all beams.
  var prefixes: [Int32] { beams.flatMap { $0.entries.map(\.prefix) } }

  /// Drops prefixes and traces without descendants in a beam, if there are more than `limit` and
  /// twice as many as the last time. In that case, returns the new numbers of prefixes.
  mutating func compactIfLarge(above limit: Int) -> [Int32]? {
    guard max(expansion.tree.count, candidates.traces.count) > max(limit, 2 * kept) else {
      return nil
    }
    let numbers = expansion.compact(keeping: prefixes)
    let traceNumbers = candidates.traces.compact(
      keeping: beams.flatMap { $0.entries.flatMap { [$0.paths.trace, $0.ended.trace] } })
    for index in beams.indices { beams[index].renumber(prefixes: numbers, traces: traceNumbers) }
    kept = max(expansion.tree.count, candidates.traces.count)
    return numbers
  }
}
