import Seq2SeqLosses

/// A prefix beam search in progress (Hannun et al. 2014, arXiv 1408.2873): the beam after some
/// frames.
///
/// The probability of a prefix has two parts, stored as natural logarithms: that of paths that end
/// in the blank, and that of all other paths. If scores tie, a prefix of the beam precedes a new
/// one, an older prefix a younger one, and a lower token a higher one.
struct BeamSearch: ~Copyable {
  let options: BeamSearchOptions
  /// The index of the blank; -1 if the topology has none.
  let blank: Int
  let vocabulary: Int
  private let variant = KernelVariant.current
  private(set) var expansion: PrefixExpansion
  private var beam = Beam()
  private var candidates: BeamCandidates
  // The probabilities after the frame of the beam's own prefixes, and of the paths that reach them
  // from other prefixes of the beam.
  private var stayBlank = Scratch<Double>()
  private var stayLabel = Scratch<Double>()
  private var stayTotal = Scratch<Double>()
  private var labelSums = Scratch<Double>()
  private var inflow = Scratch<Double>()
  /// The number of prefixes in the tree from which on those without descendants in the beam are
  /// dropped.
  private var treeLimit = 1 << 16

  init(_ options: BeamSearchOptions, vocabulary: Int, blank: Int, fusion: Fusion?) {
    self.options = options
    self.vocabulary = vocabulary
    self.blank = options.topology.hasBlank ? blank : -1
    expansion = PrefixExpansion(fusion)
    candidates = BeamCandidates(
      options, vocabulary: vocabulary, hasLexicon: fusion?.lexicon != nil)
    beam.resize(to: 1)
    beam.blank[0] = 0
    beam.label[0] = -.infinity
    beam.total[0] = 0
    enter(0, at: 0, expansion.session)
  }

  /// Calls `body` with the prefixes of the beam, in any order, and the natural logarithms of their
  /// probabilities.
  func forEachPrefix(_ body: (_ prefix: Int32, _ acoustic: Double) -> Void) {
    for slot in 0..<beam.count { body(beam.prefixes[slot], beam.total[slot]) }
  }

  /// Stores a prefix at an index of the beam, without its probabilities.
  @inline(__always)
  private mutating func enter(_ index: Int32, at slot: Int, _ session: FusionSession?) {
    let prefix = expansion.tree.pointer(index)
    prefix.pointee.slot = Int32(slot)
    beam.prefixes[slot] = index
    beam.parents[slot] = prefix.pointee.parent
    beam.tokens[slot] = prefix.pointee.token
    beam.extra[slot] = prefix.pointee.fused.extra
    beam.bounds[slot] = session?.bounds(prefix.pointee.fused) ?? FusionBounds()
  }

  /// Processes the log-probabilities of one frame, `[vocabulary]`, without NaN and +inf.
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
    candidates.begin(best: best, worst: beam.count >= options.search.beamWidth ? worst : nil)
    expansion.removeExtensions()
    expansion.chooseTokens(
      UnsafeBufferPointer(start: row, count: vocabulary), blank: blank,
      pruneThreshold: options.search.tokenPruneThreshold, floor: candidates.floor, reach)
    if let session = expansion.session { extend(session) } else { extend(PlainExtender()) }
    if candidates.list.count > 0 || worst <= candidates.threshold {
      select()
    } else {
      keepAll()
    }
    expansion.endFrame()
    if expansion.tree.count > treeLimit { compact() }
  }

  /// The probabilities of the beam's own prefixes after the frame.
  private mutating func stay(_ row: UnsafePointer<Double>) {
    let count = beam.count
    stayBlank.resize(to: count)
    stayLabel.resize(to: count)
    stayTotal.resize(to: count)
    inflow.resize(to: count)
    candidates.children.removeAll(count: count)
    let mergesRepeats = options.topology.mergesRepeats
    let blankScore = blank < 0 ? -Double.infinity : row[blank]
    for slot in 0..<count {
      let token = beam.tokens[slot]
      let score = token < 0 ? -Double.infinity : row[Int(token)]
      stayBlank[slot] = beam.total[slot] + blankScore
      stayLabel[slot] = mergesRepeats ? beam.label[slot] + score : -.infinity
      inflow[slot] = -.infinity
      guard token >= 0 else { continue }
      // A prefix that extends another prefix of the beam by one token adds the paths of that
      // extension.
      let parent = beam.parents[slot]
      let place = Int(expansion.tree.pointer(parent).pointee.slot)
      guard place >= 0 && place < count && beam.prefixes[place] == parent else { continue }
      let isRepeat = mergesRepeats && beam.tokens[place] == token
      inflow[slot] = (isRepeat ? beam.blank[place] : beam.total[place]) + score
      let word = expansion.tree.pointer(beam.prefixes[slot]).pointee.fused.word
      candidates.children.add(token, word, of: place)
    }
    if mergesRepeats {
      labelSums.resize(to: count)
      variant.addLogarithms(stayLabel.base, inflow.base, into: labelSums.base, count: count)
      swap(&stayLabel, &labelSums)
      variant.addLogarithms(stayBlank.base, stayLabel.base, into: stayTotal.base, count: count)
    } else {
      // Repeats are separate labels, so one part is enough: every path may be followed by any
      // token.
      variant.addLogarithms(stayBlank.base, inflow.base, into: stayTotal.base, count: count)
      stayBlank.base.update(from: stayTotal.base, count: count)
    }
  }

  /// Collects the extensions of the beam's prefixes.
  @inline(__always)
  private mutating func extend(_ extender: some PrefixExtender) {
    for slot in 0..<beam.count {
      let bounds = beam.bounds[slot]
      let total = beam.total[slot]
      let source = PrefixExpansion.Source(
        prefix: beam.prefixes[slot], total: total,
        reach: total + max(bounds.within, bounds.across), bounds: bounds)
      guard expansion.reaches(source, above: candidates.floor) else { continue }
      candidates.begin(slot, beam)
      expansion.extend(source, extender, into: &candidates)
    }
  }

  /// Makes the next beam from the candidates and the prefixes that remain.
  private mutating func select() {
    for slot in 0..<beam.count {
      candidates.add(
        beam.prefixes[slot], at: slot, score: stayTotal[slot] + beam.extra[slot],
        acoustic: stayTotal[slot])
    }
    candidates.select()
    let count = candidates.list.count
    beam.resize(to: count)
    let mergesRepeats = options.topology.mergesRepeats
    for index in 0..<count {
      let candidate = candidates.list[index]
      if candidate.extended.token < 0 {
        beam.blank[index] = stayBlank[Int(candidate.slot)]
        beam.label[index] = stayLabel[Int(candidate.slot)]
      } else {
        beam.blank[index] = mergesRepeats ? -.infinity : candidate.acoustic
        beam.label[index] = mergesRepeats ? candidate.acoustic : -.infinity
      }
      beam.total[index] = candidate.acoustic
    }
    let session = expansion.session
    for index in 0..<count {
      let extended = candidates.list[index].extended
      let prefix =
        extended.token < 0 ? extended.parent : expansion.prefix(of: extended, session)
      enter(prefix, at: index, session)
    }
  }

  /// Keeps all prefixes of the beam at their indices.
  private mutating func keepAll() {
    swap(&beam.blank, &stayBlank)
    swap(&beam.label, &stayLabel)
    swap(&beam.total, &stayTotal)
  }

  private mutating func compact() {
    let numbers = expansion.compact(keeping: beam.prefixes.values)
    let session = expansion.session
    for slot in 0..<beam.count { enter(numbers[Int(beam.prefixes[slot])], at: slot, session) }
    treeLimit = max(treeLimit, 2 * expansion.tree.count)
  }
}
