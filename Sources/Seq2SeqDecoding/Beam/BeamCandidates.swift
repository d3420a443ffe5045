/// The candidates for the next beam of a CTC search, and the floor that their scores must exceed.
struct BeamCandidates: ~Copyable, ExtensionCollector {
  private let search: SearchOptions
  private let mergesRepeats: Bool
  /// Whether a token may extend a prefix in several ways.
  private let hasLexicon: Bool

  private(set) var list = Scratch<BeamCandidate>()
  private(set) var floor = -Double.infinity
  private var best = -Double.infinity

  /// The prefixes of the beam that extend other prefixes of it. They add the paths of such an
  /// extension to their own.
  var children: BeamChildren
  // The prefix whose extensions are collected: its index in the beam, its last token, the
  // probabilities of its paths.
  private var slot: Int32 = 0
  private var token: Int32 = 0
  private var total = 0.0
  private var blank = 0.0

  init(_ options: BeamSearchOptions, vocabulary: Int, hasLexicon: Bool) {
    search = options.search
    mergesRepeats = options.topology.mergesRepeats
    self.hasLexicon = hasLexicon
    children = BeamChildren(vocabulary: vocabulary)
  }

  /// Begins a frame.
  ///
  /// - Parameters:
  ///   - best: The largest score of the beam's own prefixes after the frame.
  ///   - worst: The smallest such score if the prefixes fill the beam, else `nil`.
  mutating func begin(best: Double, worst: Double?) {
    list.removeAll()
    self.best = best
    floor = search.floor(below: best)
    if let worst, worst > floor { floor = worst }
  }

  /// Begins the extensions of a prefix.
  @inline(__always)
  mutating func begin(_ slot: Int, _ beam: borrowing Beam) {
    self.slot = Int32(slot)
    token = beam.tokens[slot]
    total = beam.total[slot]
    blank = beam.blank[slot]
    children.mark(of: slot)
  }

  @inline(__always)
  mutating func collect(
    _ new: PrefixExtension, _ logProbability: Double, _ state: FusedState?,
    _ tree: borrowing PrefixTree
  ) -> Bool {
    let isRepeat = mergesRepeats && new.token == token
    let acoustic = (isRepeat ? blank : total) + logProbability
    var score = acoustic
    if let state { score += state.extra }
    guard score > floor else { return false }
    if children.isMarked(new.token)
      && (!hasLexicon || children.contains(new.token, new.word, of: Int(slot)))
    {
      return false
    }
    list.append(BeamCandidate(score: score, acoustic: acoustic, slot: slot, extended: new))
    best = score > best ? score : best
    floor = max(floor, search.floor(below: best))
    if list.count >= search.candidateLimit { dropCrowdedOut() }
    return true
  }

  /// Drops candidates that certainly have no place in the beam.
  private mutating func dropCrowdedOut() {
    let kept = search.beamWidth
    list.values.bringToFront(kept, by: BeamCandidate.precedes)
    list.resize(to: kept)
    var worst = Double.infinity
    for index in 0..<kept { worst = min(worst, list[index].score) }
    floor = max(floor, worst)
  }

  /// Adds a prefix of the beam itself.
  @inline(__always)
  mutating func add(_ prefix: Int32, at slot: Int, score: Double, acoustic: Double) {
    list.append(
      BeamCandidate(
        score: score, acoustic: acoustic, slot: Int32(slot),
        extended: PrefixExtension(parent: prefix, token: -1)))
  }

  /// The score that a prefix must exceed to enter the next beam, even if the beam is not full.
  var threshold: Double { search.floor(below: best) }

  /// Keeps only the candidates for the next beam.
  mutating func select() {
    let floor = threshold
    var chosen = 0
    for index in 0..<list.count where list[index].score > floor && list[index].score > -.infinity {
      list[chosen] = list[index]
      chosen += 1
    }
    list.resize(to: chosen)
    if chosen > search.beamWidth {
      list.values.bringToFront(search.beamWidth, by: BeamCandidate.precedes)
      list.resize(to: search.beamWidth)
    }
  }
}
