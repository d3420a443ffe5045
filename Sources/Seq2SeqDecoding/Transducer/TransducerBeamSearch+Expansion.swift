import CLibrary
import Seq2SeqLosses

/// How the prefixes at a frame go on.
extension TransducerBeamSearch {
  /// A way to go on with any label: how many frames it takes and its log-probability, 0 without durations.
  private typealias Way = (frames: Int, logProbability: Double)

  private func ways(_ row: UnsafePointer<Double>) -> [Way] {
    moves.labels.map { ($0.frames, $0.duration < 0 ? 0 : row[$0.duration]) }
  }

  /// Moves entries to later frames by blanks.
  func addBlanks(_ entries: [TransducerBeam.Entry], _ beams: inout [TransducerBeam]) {
    for entry in entries {
      guard let index = rowOfPrefix[entry.prefix] else { continue }
      let row = UnsafePointer(rows[index])
      for blank in moves.blanks {
        let added = row[blank.token] + (blank.duration < 0 ? 0 : row[blank.duration])
        guard added > -.infinity else { continue }
        var moved = entry
        moved.paths = entry.paths.moved(added)
        moved.ended = moved.paths
        beams[blank.frames].add(moved)
      }
    }
  }

  /// Extends entries by a label each.
  mutating func addLabels(_ entries: [TransducerBeam.Entry], _ beams: inout [TransducerBeam]) {
    extensions.removeAll()
    for index in candidates.indices { candidates[index].removeAll(keepingCapacity: true) }
    var bests = beams.map(\.best)
    for entry in entries { extend(entry, &beams, &bests) }
    var floor = -Double.infinity
    for frames in candidates.indices.reversed() {
      floor = max(floor, (bests[frames] - options.beamThreshold).nextDown)
      guard !candidates[frames].isEmpty else { continue }
      keepBest(frames)
      candidates[frames].sort(by: TransducerCandidate.precedes)
      for candidate in candidates[frames] where candidate.score > floor {
        add(candidate, prefix(of: candidate), frames, &beams[frames])
      }
    }
  }

  /// Makes candidates of an entry and all tokens that the thresholds let through.
  private mutating func extend(
    _ entry: TransducerBeam.Entry, _ beams: inout [TransducerBeam], _ bests: inout [Double]
  ) {
    guard let index = rowOfPrefix[entry.prefix] else { return }
    let row = UnsafePointer(rows[index])
    let ways = ways(row).filter { $0.logProbability > -.infinity }
    // What is enough for one of the ways, the log-probabilities of which are left out here.
    var floors = [Double](repeating: -.infinity, count: bests.count)
    var best = -Double.infinity
    for frames in bests.indices.reversed() {
      best = max(best, bests[frames])
      floors[frames] = (best - options.beamThreshold).nextDown
    }
    var least = Double.infinity
    for way in ways { least = min(least, floors[way.frames] - way.logProbability) }
    let fused = tree[entry.prefix].fused
    let bounds = session?.bounds(fused) ?? FusionSession.Bounds()
    var reach = FrameTokens.Reach()
    reach.include(entry.paths.total, bounds)
    tokens.choose(
      UnsafeBufferPointer(start: row, count: moves.vocabulary), blank: moves.blank,
      pruneThreshold: options.tokenPruneThreshold, floor: least, reach, session?.tokenBounds)
    func consider(_ search: inout Self, _ token: FrameTokens.Token) {
      guard search.moves.blankFrames(Int(token.number)) == nil else { return }
      search.consider(entry, fused, token, bounds, ways, floors, least, &beams, &bests)
    }
    for index in 0..<tokens.sorted.count { consider(&self, tokens.sorted[index]) }
    var lifted = bounds.continuations & tokens.liftedBits
    while lifted != 0 {
      var index = tokens.firstLifted[lifted.trailingZeroBitCount]
      while index >= 0 {
        let token = tokens.lifted[Int(index)]
        consider(&self, token)
        index = token.next
      }
      lifted &= lifted - 1
    }
  }

  /// Makes candidates of an entry and a token, in all ways that the fusion and the durations know.
  private mutating func consider(
    _ entry: TransducerBeam.Entry, _ fused: FusedState, _ token: FrameTokens.Token,
    _ bounds: FusionSession.Bounds, _ ways: [Way], _ floors: [Double], _ least: Double,
    _ beams: inout [TransducerBeam], _ bests: inout [Double]
  ) {
    let paths = entry.paths.moved(token.logProbability)
    var candidate = TransducerCandidate(
      score: paths.total, paths: paths, logProbability: token.logProbability,
      tokenLogProbability: token.logProbability, parent: entry.prefix, token: token.number,
      word: FusedState.noWord, extended: -1)
    guard let session else { return add(candidate, ways, floors, &beams, &bests) }
    guard paths.total + bounds.most(session.tokenBounds[Int(token.number)]) > least else { return }
    let first = extensions.count
    if session.extendsUniquely {
      extensions.append(session.extended(fused, by: token.number, bounds))
    } else {
      session.extend(tree.pointer(entry.prefix), by: token.number, bounds, into: &extensions)
    }
    for index in first..<extensions.count {
      candidate.score = paths.total + extensions[index].extra
      candidate.word = extensions[index].word
      candidate.extended = Int32(index)
      add(candidate, ways, floors, &beams, &bests)
    }
  }

  /// Adds a candidate for each duration; where its prefix waits already its paths join those, without a contest.
  private mutating func add(
    _ base: TransducerCandidate, _ ways: [Way], _ floors: [Double],
    _ beams: inout [TransducerBeam], _ bests: inout [Double]
  ) {
    let known = tree.child(of: base.parent, token: base.token, word: base.word)
    for way in ways {
      var candidate = base
      candidate.score += way.logProbability
      candidate.paths = base.paths.moved(way.logProbability)
      candidate.logProbability += way.logProbability
      if known >= 0 && beams[way.frames].contains(known) {
        add(candidate, known, way.frames, &beams[way.frames])
        bests[way.frames] = max(bests[way.frames], beams[way.frames].best)
      } else if candidate.score > floors[way.frames] {
        bests[way.frames] = max(bests[way.frames], candidate.score)
        candidates[way.frames].append(candidate)
        if candidates[way.frames].count >= 2 * options.beamWidth + 64 { keepBest(way.frames) }
      }
    }
  }

  /// Drops candidates that others crowd out.
  private mutating func keepBest(_ frames: Int) {
    let width = options.beamWidth
    guard candidates[frames].count > width else { return }
    candidates[frames].withUnsafeMutableBufferPointer {
      $0.bringToFront(width, by: TransducerCandidate.precedes)
    }
    candidates[frames].removeLast(candidates[frames].count - width)
  }

  /// Adds a candidate's paths to its prefix in a beam.
  private mutating func add(
    _ candidate: TransducerCandidate, _ prefix: Int32, _ frames: Int, _ beam: inout TransducerBeam
  ) {
    var paths = candidate.paths
    if beam.isBest(paths.best, prefix) {
      paths.trace = traces.append(
        .init(
          previous: paths.trace, token: candidate.token, frame: self.frames,
          frames: Int32(frames), logProbability: candidate.logProbability,
          probability: min(1, exp(candidate.tokenLogProbability))))
    }
    beam.add(
      .init(
        prefix: prefix, paths: paths, ended: moves.endsWithLabels ? paths : .init(),
        extra: tree[prefix].fused.extra))
  }

  /// The number of a candidate's prefix, which is made if there is none.
  private mutating func prefix(of candidate: TransducerCandidate) -> Int32 {
    let known = tree.child(of: candidate.parent, token: candidate.token, word: candidate.word)
    guard known < 0 else { return known }
    var prefix = Prefix(parent: candidate.parent, token: candidate.token)
    if let session {
      prefix.fused = extensions[Int(candidate.extended)]
      prefix.fused.languageState = session.keep(prefix.fused.languageState)
    }
    return tree.add(prefix)
  }
}
