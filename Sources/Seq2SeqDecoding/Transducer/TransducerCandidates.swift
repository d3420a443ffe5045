import CLibrary

/// The beams of the next frames while a frame is processed, and the candidates for them.
struct TransducerCandidates: ~Copyable, ExtensionCollector {
  /// A move that emits a label: the number of frames that it consumes, and its log-probability, 0
  /// without durations.
  typealias Way = (frames: Int, logProbability: Double)

  private let search: SearchOptions
  private let moves: DecoderMoves
  var traces = EmissionTraces()
  /// The beams of the current frame and of those ahead, `[farthest + 1]`.
  var beams: [TransducerBeam]
  /// The number of the current frame.
  var frame = 0

  // The candidates, and the largest score of each beam with its candidates, `[farthest + 1]`.
  private var lists: [[TransducerCandidate]]
  private var bests: [Double] = []

  // The entry whose extensions are collected, and the score that each way must exceed.
  private var paths = TransducerBeam.Paths()
  private var ways: [Way] = []
  private var floors: [Double]
  /// The lowest score that suffices for one of the ways, without the way's log-probability.
  private(set) var floor = -Double.infinity

  init(_ search: SearchOptions, _ moves: DecoderMoves) {
    self.search = search
    self.moves = moves
    beams = Array(repeating: TransducerBeam(), count: moves.farthest + 1)
    lists = Array(repeating: [], count: moves.farthest + 1)
    floors = Array(repeating: -.infinity, count: moves.farthest + 1)
  }

  /// Removes and returns the entries of the current frame's beam, the best ones first.
  mutating func takeEntries() -> [TransducerBeam.Entry] {
    var best = -Double.infinity
    for beam in beams { best = max(best, beam.best) }
    let entries = beams[0].selection(width: search.beamWidth, above: search.floor(below: best))
    beams[0] = TransducerBeam()
    return entries
  }

  /// Moves an entry to later frames by blanks.
  mutating func addBlanks(_ entry: TransducerBeam.Entry, _ row: UnsafePointer<Double>) {
    for blank in moves.blanks {
      let added = row[blank.token] + (blank.duration < 0 ? 0 : row[blank.duration])
      guard added > -.infinity else { continue }
      var moved = entry
      moved.paths = entry.paths.moved(added)
      moved.ended = moved.paths
      beams[blank.frames].add(moved)
    }
  }

  /// Begins the next label of the frame.
  mutating func begin() {
    for index in lists.indices { lists[index].removeAll(keepingCapacity: true) }
    bests = beams.map(\.best)
  }

  /// Begins the extensions of an entry.
  mutating func begin(_ entry: TransducerBeam.Entry, _ row: UnsafePointer<Double>) {
    paths = entry.paths
    ways = moves.labels.map { ($0.frames, $0.duration < 0 ? 0 : row[$0.duration]) }
      .filter { $0.logProbability > -.infinity }
    var best = -Double.infinity
    for frames in bests.indices.reversed() {
      best = max(best, bests[frames])
      floors[frames] = search.floor(below: best)
    }
    floor = .infinity
    for way in ways { floor = min(floor, floors[way.frames] - way.logProbability) }
  }

  func mayExtend(by token: Int32) -> Bool { moves.blankFrames(Int(token)) == nil }

  /// Makes a candidate for each way. If its prefix is already in the beam, the paths are added to
  /// that entry.
  mutating func collect(
    _ new: PrefixExtension, _ logProbability: Double, _ state: FusedState?,
    _ tree: borrowing PrefixTree
  ) -> Bool {
    let paths = paths.moved(logProbability)
    var score = paths.total
    if let state { score += state.extra }
    let known = tree.child(of: new.parent, token: new.token, word: new.word)
    var isTaken = false
    for way in ways {
      let candidate = TransducerCandidate(
        score: score + way.logProbability, paths: paths.moved(way.logProbability),
        logProbability: logProbability + way.logProbability, tokenLogProbability: logProbability,
        extended: new)
      if known >= 0 && beams[way.frames].contains(known) {
        add(candidate, known, way.frames, tree)
        bests[way.frames] = max(bests[way.frames], beams[way.frames].best)
      } else if candidate.score > floors[way.frames] {
        bests[way.frames] = max(bests[way.frames], candidate.score)
        lists[way.frames].append(candidate)
        isTaken = true
        if lists[way.frames].count >= search.candidateLimit { dropCrowdedOut(way.frames) }
      }
    }
    return isTaken
  }

  /// Adds the best candidates to the beams.
  mutating func settle(_ expansion: inout PrefixExpansion) {
    var floor = -Double.infinity
    for frames in lists.indices.reversed() {
      floor = max(floor, search.floor(below: bests[frames]))
      guard !lists[frames].isEmpty else { continue }
      dropCrowdedOut(frames)
      lists[frames].sort(by: TransducerCandidate.precedes)
      for candidate in lists[frames] where candidate.score > floor {
        let prefix = expansion.prefix(of: candidate.extended, expansion.session)
        add(candidate, prefix, frames, expansion.tree)
      }
    }
  }

  /// Drops candidates that certainly have no place in a beam.
  private mutating func dropCrowdedOut(_ frames: Int) {
    let width = search.beamWidth
    guard lists[frames].count > width else { return }
    lists[frames].withUnsafeMutableBufferPointer {
      $0.bringToFront(width, by: TransducerCandidate.precedes)
    }
    lists[frames].removeLast(lists[frames].count - width)
  }

  /// Adds a candidate's paths to its prefix in a beam.
  private mutating func add(
    _ candidate: TransducerCandidate, _ prefix: Int32, _ frames: Int, _ tree: borrowing PrefixTree
  ) {
    var paths = candidate.paths
    if beams[frames].isBest(paths.best, prefix) {
      paths.trace = traces.append(
        .init(
          previous: paths.trace, token: candidate.extended.token, frame: frame,
          frames: Int32(frames), logProbability: candidate.logProbability,
          probability: min(1, exp(candidate.tokenLogProbability))))
    }
    beams[frames].add(
      .init(
        prefix: prefix, paths: paths, ended: moves.endsWithLabels ? paths : .init(),
        extra: tree[prefix].fused.extra))
  }
}
