import Seq2SeqLosses

/// A prefix beam search under way (Hannun et al. 2014, arXiv 1408.2873): the beam after some frames.
///
/// The probability of a prefix is kept in two parts, of paths that end in the blank and of those that do
/// not, as natural logarithms. Where scores tie, a prefix of the beam comes before a new one, an older
/// before a younger, and a lower token before a higher.
struct BeamSearch: ~Copyable {
  /// A prefix of the beam that tokens extend.
  private struct Source {
    var slot: Int32
    var prefix: Int32
    var token: Int32
    var total: Double
    var blank: Double
    var bounds: FusionSession.Bounds
    var fused: FusedState
  }

  let options: BeamSearchOptions
  /// The blank's token, -1 where the topology has none.
  let blank: Int
  let vocabulary: Int
  let session: FusionSession?
  private let variant = KernelVariant.current
  var tree = PrefixTree()
  private var beam = Beam()
  private var stayBlank = Scratch<Double>()
  private var stayLabel = Scratch<Double>()
  private var stayTotal = Scratch<Double>()
  private var labelSums = Scratch<Double>()
  private var inflow = Scratch<Double>()
  // Children of a beam's prefix that are in the beam too: a list for each slot.
  private var firstChild = Scratch<Int32>()
  private var nextChild = Scratch<Int32>()
  private var marks = Scratch<Int>()
  private var mark = 0
  private var tokens = FrameTokens()
  private var candidates = Scratch<BeamCandidate>()
  private var extensions = Scratch<FusedState>()
  /// How many prefixes the tree may have before what the beam does not come from is dropped.
  private var treeLimit = 1 << 16

  init(_ options: BeamSearchOptions, vocabulary: Int, blank: Int, fusion: Fusion?) {
    self.options = options
    self.vocabulary = vocabulary
    self.blank = options.topology.hasBlank ? blank : -1
    session = fusion.map(FusionSession.init)
    marks.resize(to: vocabulary)
    marks.values.update(repeating: 0)
    let root = session?.root() ?? Prefix(parent: -1, token: -1)
    tree.addRoot(root)
    beam.resize(to: 1)
    beam.blank[0] = 0
    beam.label[0] = -.infinity
    beam.total[0] = 0
    enter(0, at: 0, session)
  }

  /// The prefixes of the beam in no order, with the natural logarithm of their probability so far.
  func forEachPrefix(_ body: (_ prefix: Int32, _ acoustic: Double) -> Void) {
    for slot in 0..<beam.count { body(beam.prefixes[slot], beam.total[slot]) }
  }

  /// Puts a prefix into a slot of the beam, but for its probabilities.
  @inline(__always)
  private mutating func enter(_ index: Int32, at slot: Int, _ session: FusionSession?) {
    let prefix = tree.pointer(index)
    prefix.pointee.slot = Int32(slot)
    beam.prefixes[slot] = index
    beam.parents[slot] = prefix.pointee.parent
    beam.tokens[slot] = prefix.pointee.token
    beam.extra[slot] = prefix.pointee.fused.extra
    beam.bounds[slot] = session?.bounds(prefix.pointee.fused) ?? FusionSession.Bounds()
  }

  /// Takes in the log-probabilities of one frame, `[vocabulary]`, which are no NaN and below +inf.
  mutating func step(_ row: UnsafePointer<Double>) {
    stay(row)
    var best = -Double.infinity
    var worst = Double.infinity
    var reach = FrameTokens.Reach()
    for slot in 0..<beam.count {
      let score = stayTotal[slot] + beam.extra[slot]
      best = score > best ? score : best
      worst = score < worst ? score : worst
      reach.include(beam.total[slot], beam.bounds[slot])
    }
    var floor = below(best)
    if beam.count >= options.beamWidth && worst > floor { floor = worst }
    candidates.removeAll()
    extensions.removeAll()
    tokens.choose(
      UnsafeBufferPointer(start: row, count: vocabulary), blank: blank,
      pruneThreshold: options.tokenPruneThreshold, floor: floor, reach, session?.tokenBounds)
    if let session {
      // Unwrapped once: within the loop each use would count a reference.
      extend(&best, &floor) { $0.consider($1, $2, &$3, &$4, session) }
    } else {
      extend(&best, &floor) { $0.consider($1, $2, &$3, &$4) }
    }
    select(above: below(best), worst: worst)
    session?.forgetProvisional()
    if tree.count > treeLimit { compact() }
  }

  /// What scores are above that are no further below the best than the threshold.
  @inline(__always)
  private func below(_ best: Double) -> Double { (best - options.beamThreshold).nextDown }

  /// The probabilities of the beam's own prefixes after the frame.
  private mutating func stay(_ row: UnsafePointer<Double>) {
    let count = beam.count
    stayBlank.resize(to: count)
    stayLabel.resize(to: count)
    stayTotal.resize(to: count)
    inflow.resize(to: count)
    firstChild.resize(to: count)
    nextChild.resize(to: count)
    firstChild.values.update(repeating: -1)
    let mergesRepeats = options.topology.mergesRepeats
    let blankScore = blank < 0 ? -Double.infinity : row[blank]
    for slot in 0..<count {
      let token = beam.tokens[slot]
      let score = token < 0 ? -Double.infinity : row[Int(token)]
      stayBlank[slot] = beam.total[slot] + blankScore
      stayLabel[slot] = mergesRepeats ? beam.label[slot] + score : -.infinity
      inflow[slot] = -.infinity
      guard token >= 0 else { continue }
      // A prefix one token longer than another of the beam takes up that one's extension by it.
      let parent = beam.parents[slot]
      let place = Int(tree.pointer(parent).pointee.slot)
      guard place >= 0 && place < count && beam.prefixes[place] == parent else { continue }
      let isRepeat = mergesRepeats && beam.tokens[place] == token
      inflow[slot] = (isRepeat ? beam.blank[place] : beam.total[place]) + score
      nextChild[slot] = firstChild[place]
      firstChild[place] = Int32(slot)
    }
    if mergesRepeats {
      labelSums.resize(to: count)
      variant.addLogarithms(stayLabel.base, inflow.base, into: labelSums.base, count: count)
      swap(&stayLabel, &labelSums)
      variant.addLogarithms(stayBlank.base, stayLabel.base, into: stayTotal.base, count: count)
    } else {
      // Repeats are labels of their own, so one part is enough: every path may be followed by any token.
      variant.addLogarithms(stayBlank.base, inflow.base, into: stayTotal.base, count: count)
      stayBlank.base.update(from: stayTotal.base, count: count)
    }
  }

  /// Collects the extensions of the beam's prefixes that reach above the floor, which rises.
  @inline(__always)
  private mutating func extend(
    _ best: inout Double, _ floor: inout Double,
    _ consider:
      (inout BeamSearch, Source, FrameTokens.Token, _ best: inout Double, _ floor: inout Double) ->
      Void
  ) {
    for slot in 0..<beam.count {
      let bounds = beam.bounds[slot]
      let reach = beam.total[slot] + max(bounds.within, bounds.across)
      let isReached =
        tokens.sorted.count > 0 && reach + tokens.sorted[0].logProbability > floor
      let isLifted = reach + tokens.bestLifted > floor
      var lifted = isLifted ? bounds.continuations & tokens.liftedBits : 0
      guard isReached || lifted != 0 else { continue }
      let source = Source(
        slot: Int32(slot), prefix: beam.prefixes[slot], token: beam.tokens[slot],
        total: beam.total[slot], blank: beam.blank[slot], bounds: bounds,
        fused: tree.pointer(beam.prefixes[slot]).pointee.fused)
      mark += 1
      var child = firstChild[slot]
      while child >= 0 {
        marks[Int(beam.tokens[Int(child)])] = mark
        child = nextChild[Int(child)]
      }
      for index in 0..<tokens.sorted.count {
        guard reach + tokens.sorted[index].logProbability > floor else { break }
        consider(&self, source, tokens.sorted[index], &best, &floor)
      }
      while lifted != 0 {
        var index = tokens.firstLifted[lifted.trailingZeroBitCount]
        while index >= 0 {
          let token = tokens.lifted[Int(index)]
          if reach + token.logProbability > floor {
            consider(&self, source, token, &best, &floor)
          }
          index = token.next
        }
        lifted &= lifted - 1
      }
    }
  }

  /// Makes a candidate of a prefix and a token, if it reaches above the floor.
  @inline(__always)
  private mutating func consider(
    _ source: Source, _ token: FrameTokens.Token, _ best: inout Double, _ floor: inout Double
  ) {
    let candidate = candidate(source, token)
    guard candidate.score > floor && marks[Int(token.number)] != mark else { return }
    add(candidate, &best, &floor)
  }

  /// Makes candidates of a prefix and a token in all ways that the fusion knows.
  @inline(__always)
  private mutating func consider(
    _ source: Source, _ token: FrameTokens.Token, _ best: inout Double, _ floor: inout Double,
    _ session: FusionSession
  ) {
    let most = source.bounds.most(session.tokenBounds[Int(token.number)])
    guard source.total + most + token.logProbability > floor else { return }
    var candidate = candidate(source, token)
    let isMarked = marks[Int(token.number)] == mark
    if session.extendsUniquely {
      let extended = session.extended(source.fused, by: token.number, source.bounds)
      candidate.score += extended.extra
      guard candidate.score > floor && !isMarked else { return }
      candidate.extended = Int32(extensions.count)
      extensions.append(extended)
      add(candidate, &best, &floor)
    } else {
      let first = extensions.count
      session.extend(
        tree.pointer(source.prefix), by: token.number, source.bounds, into: &extensions)
      let before = candidates.count
      for index in first..<extensions.count {
        let extended = extensions[index]
        candidate.score = candidate.acoustic + extended.extra
        candidate.word = extended.word
        candidate.extended = Int32(index)
        guard candidate.score > floor, !isMarked || !isInBeam(candidate) else { continue }
        add(candidate, &best, &floor)
      }
      if candidates.count == before { extensions.resize(to: first) }
    }
  }

  @inline(__always)
  private func candidate(_ source: Source, _ token: FrameTokens.Token) -> BeamCandidate {
    let isRepeat = options.topology.mergesRepeats && token.number == source.token
    let acoustic = (isRepeat ? source.blank : source.total) + token.logProbability
    return BeamCandidate(
      score: acoustic, acoustic: acoustic, slot: source.slot, token: token.number, extended: -1,
      parent: source.prefix, word: FusedState.noWord)
  }

  @inline(__always)
  private mutating func add(
    _ candidate: BeamCandidate, _ best: inout Double, _ floor: inout Double
  ) {
    candidates.append(candidate)
    best = candidate.score > best ? candidate.score : best
    floor = max(floor, below(best))
    if candidates.count >= 2 * options.beamWidth + 64 { keepBestCandidates(&floor) }
  }

  private func isInBeam(_ candidate: BeamCandidate) -> Bool {
    var child = firstChild[Int(candidate.slot)]
    while child >= 0 {
      let prefix = tree.pointer(beam.prefixes[Int(child)])
      if prefix.pointee.token == candidate.token && prefix.pointee.fused.word == candidate.word {
        return true
      }
      child = nextChild[Int(child)]
    }
    return false
  }

  /// Drops candidates that others crowd out already.
  private mutating func keepBestCandidates(_ floor: inout Double) {
    let kept = options.beamWidth
    candidates.values.bringToFront(kept, by: BeamCandidate.precedes)
    candidates.resize(to: kept)
    var worst = Double.infinity
    for index in 0..<kept { worst = min(worst, candidates[index].score) }
    floor = max(floor, worst)
  }

  /// Makes the next beam of what stays and of the candidates.
  private mutating func select(above floor: Double, worst: Double) {
    let count = beam.count
    if candidates.count == 0 && worst > floor { return keepAll() }
    for slot in 0..<count {
      let score = stayTotal[slot] + beam.extra[slot]
      candidates.append(
        BeamCandidate(
          score: score, acoustic: stayTotal[slot], slot: Int32(slot), token: -1, extended: -1,
          parent: beam.prefixes[slot], word: FusedState.noWord))
    }
    var chosen = 0
    for index in 0..<candidates.count
    where candidates[index].score > floor && candidates[index].score > -.infinity {
      candidates[chosen] = candidates[index]
      chosen += 1
    }
    candidates.resize(to: chosen)
    if chosen > options.beamWidth {
      candidates.values.bringToFront(options.beamWidth, by: BeamCandidate.precedes)
      chosen = options.beamWidth
      candidates.resize(to: chosen)
    }
    beam.resize(to: chosen)
    let mergesRepeats = options.topology.mergesRepeats
    for index in 0..<chosen {
      let candidate = candidates[index]
      if candidate.token < 0 {
        beam.blank[index] = stayBlank[Int(candidate.slot)]
        beam.label[index] = stayLabel[Int(candidate.slot)]
      } else {
        beam.blank[index] = mergesRepeats ? -.infinity : candidate.acoustic
        beam.label[index] = mergesRepeats ? candidate.acoustic : -.infinity
      }
      beam.total[index] = candidate.acoustic
    }
    let session = session
    for index in 0..<chosen {
      enter(prefix(of: candidates[index], session), at: index, session)
    }
  }

  private mutating func keepAll() {
    swap(&beam.blank, &stayBlank)
    swap(&beam.label, &stayLabel)
    swap(&beam.total, &stayTotal)
  }

  /// The number of a candidate's prefix.
  private mutating func prefix(of candidate: BeamCandidate, _ session: FusionSession?) -> Int32 {
    guard candidate.token >= 0 else { return candidate.parent }
    let known = tree.child(of: candidate.parent, token: candidate.token, word: candidate.word)
    guard known < 0 else { return known }
    var prefix = Prefix(parent: candidate.parent, token: candidate.token)
    if let session {
      prefix.fused = extensions[Int(candidate.extended)]
      prefix.fused.languageState = session.keep(prefix.fused.languageState)
    }
    return tree.add(prefix)
  }

  private mutating func compact() {
    let numbers = tree.compact(keeping: beam.prefixes.values)
    session?.compact(tree)
    for slot in 0..<beam.count {
      enter(numbers[Int(beam.prefixes[slot])], at: slot, session)
    }
    treeLimit = max(treeLimit, 2 * tree.count)
  }
}
