import Seq2SeqLosses

/// A prefix beam search under way (Hannun et al. 2014, arXiv 1408.2873): the beam after some frames.
///
/// The probability of a prefix is kept in two parts, of paths that end in the blank and of those that do
/// not, as natural logarithms. Where scores tie, a prefix of the beam comes before a new one, an older
/// before a younger, and a lower token before a higher.
struct BeamSearch: ~Copyable {
  // These three are not private: debug builds of Swift 6.3 break on private types in storage that has a
  // deinitialiser.

  /// The prefixes of the beam, in parallel arrays.
  struct Beam: ~Copyable {
    var prefixes = Scratch<Int32>()
    var parents = Scratch<Int32>()
    var tokens = Scratch<Int32>()
    var blank = Scratch<Double>()
    var label = Scratch<Double>()
    var total = Scratch<Double>()
    var extra = Scratch<Double>()
    /// The most that ``extra`` can be after a further token: within a word, and at its end.
    var within = Scratch<Double>()
    var across = Scratch<Double>()
    var count: Int { prefixes.count }

    mutating func resize(to count: Int) {
      prefixes.resize(to: count)
      parents.resize(to: count)
      tokens.resize(to: count)
      blank.resize(to: count)
      label.resize(to: count)
      total.resize(to: count)
      extra.resize(to: count)
      within.resize(to: count)
      across.resize(to: count)
    }
  }

  /// A prefix with a further token, which may come into the beam.
  struct Candidate: BitwiseCopyable {
    var score: Double
    var acoustic: Double
    var slot: Int32
    var token: Int32
    /// The index of what the fusion says of it.
    var extended: Int32
    /// The parent's number, for ties.
    var parent: Int32
    var word: Int32
  }

  struct Token: BitwiseCopyable {
    var logProbability: Double
    var token: Int32
    var endsWord: Bool
  }

  let options: BeamSearchOptions
  let blank: Int
  let vocabulary: Int
  let session: FusionSession?
  var tree = PrefixTree()
  private var beam = Beam()
  private var stayBlank = Scratch<Double>()
  private var stayLabel = Scratch<Double>()
  private var stayTotal = Scratch<Double>()
  private var inflow = Scratch<Double>()
  // Children of a beam's prefix that are in the beam too: a list for each slot.
  private var firstChild = Scratch<Int32>()
  private var nextChild = Scratch<Int32>()
  private var marks = Scratch<Int>()
  private var mark = 0
  private var tokens = Scratch<Token>()
  private var candidates = Scratch<Candidate>()
  private var extensions = Scratch<FusedState>()
  /// How many prefixes the tree may have before what the beam does not come from is dropped.
  private var treeLimit = 1 << 16

  init(_ options: BeamSearchOptions, vocabulary: Int, blank: Int, fusion: Fusion?) {
    self.options = options
    self.vocabulary = vocabulary
    self.blank = blank
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
    (beam.within[slot], beam.across[slot]) = session?.bounds(prefix.pointee.fused) ?? (0, 0)
  }

  /// Takes in the log-probabilities of one frame, `[vocabulary]`, which are no NaN and below +inf.
  mutating func step(_ row: UnsafePointer<Double>) {
    stay(row)
    var best = -Double.infinity
    var worst = Double.infinity
    var reach = (within: -Double.infinity, across: -Double.infinity)
    for slot in 0..<beam.count {
      let score = stayTotal[slot] + beam.extra[slot]
      best = score > best ? score : best
      worst = score < worst ? score : worst
      let within = beam.total[slot] + beam.within[slot]
      let across = beam.total[slot] + beam.across[slot]
      reach.within = within > reach.within ? within : reach.within
      reach.across = across > reach.across ? across : reach.across
    }
    var floor = best - options.beamThreshold
    if beam.count >= options.beamWidth && worst > floor { floor = worst }
    candidates.removeAll()
    extensions.removeAll()
    chooseTokens(row, within: floor - reach.within, across: floor - reach.across)
    if tokens.count > 0 { extend(&best, &floor) }
    select(above: best - options.beamThreshold, worst: worst)
    session?.forgetProvisional()
    if tree.count > treeLimit { compact() }
  }

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
    let isClassic = options.topology == .classic
    let blankScore = row[blank]
    for slot in 0..<count {
      let token = beam.tokens[slot]
      let score = token < 0 ? -Double.infinity : row[Int(token)]
      stayBlank[slot] = beam.total[slot] + blankScore
      stayLabel[slot] = isClassic ? beam.label[slot] + score : -.infinity
      inflow[slot] = -.infinity
      guard token >= 0 else { continue }
      // A prefix one token longer than another of the beam takes up that one's extension by it.
      let parent = beam.parents[slot]
      let place = Int(tree.pointer(parent).pointee.slot)
      guard place >= 0 && place < count && beam.prefixes[place] == parent else { continue }
      let isRepeat = isClassic && beam.tokens[place] == token
      inflow[slot] = (isRepeat ? beam.blank[place] : beam.total[place]) + score
      nextChild[slot] = firstChild[place]
      firstChild[place] = Int32(slot)
    }
    if isClassic {
      LogAddition.add(stayLabel.base, inflow.base, into: stayLabel.base, count: count)
      LogAddition.add(stayBlank.base, stayLabel.base, into: stayTotal.base, count: count)
    } else {
      // Repeats are labels of their own, so one part is enough: every path may be followed by any token.
      LogAddition.add(stayBlank.base, inflow.base, into: stayTotal.base, count: count)
      stayBlank.base.update(from: stayTotal.base, count: count)
    }
  }

  /// The tokens that can bring any prefix above the floor, the most probable first.
  private mutating func chooseTokens(
    _ row: UnsafePointer<Double>, within: Double, across: Double
  ) {
    tokens.removeAll()
    var best = -Double.infinity
    if options.tokenPruneThreshold < .infinity {
      for token in 0..<vocabulary { best = row[token] > best ? row[token] : best }
    }
    let threshold = best - options.tokenPruneThreshold
    let least = max(min(within, across), threshold.nextDown)
    let endsWords = session?.fusion.endsWords.view
    for token in 0..<vocabulary
    where row[token] > least && row[token] > -.infinity && token != blank {
      let endsWord = endsWords.map { $0[token] } ?? false
      guard row[token] > (endsWord ? across : within) else { continue }
      tokens.append(
        Token(logProbability: row[token], token: Int32(token), endsWord: endsWord))
    }
    if tokens.count > 16 {
      var sorted = tokens.values
      sorted.sort {
        $0.logProbability == $1.logProbability
          ? $0.token < $1.token : $0.logProbability > $1.logProbability
      }
    } else {
      for end in stride(from: 1, to: tokens.count, by: 1) {
        let token = tokens[end]
        var place = end
        while place > 0 && tokens[place - 1].logProbability < token.logProbability {
          tokens[place] = tokens[place - 1]
          place -= 1
        }
        tokens[place] = token
      }
    }
  }

  /// Collects the extensions of the beam's prefixes that reach above the floor, which rises.
  private mutating func extend(_ best: inout Double, _ floor: inout Double) {
    // Unwrapped once: within the loop each use would count a reference.
    if let session { extend(&best, &floor, session) } else { extend(&best, &floor, nil) }
  }

  @inline(__always)
  private mutating func extend(
    _ best: inout Double, _ floor: inout Double, _ session: FusionSession?
  ) {
    let isClassic = options.topology == .classic
    let limit = 2 * options.beamWidth + 64
    let first = tokens[0].logProbability
    for slot in 0..<beam.count {
      let total = beam.total[slot]
      let (within, across) = (total + beam.within[slot], total + beam.across[slot])
      let reach = max(within, across)
      guard reach + first > floor else { continue }
      let last = beam.tokens[slot]
      mark += 1
      var child = firstChild[slot]
      while child >= 0 {
        marks[Int(beam.tokens[Int(child)])] = mark
        child = nextChild[Int(child)]
      }
      for index in 0..<tokens.count {
        let (token, score) = (tokens[index].token, tokens[index].logProbability)
        guard reach + score > floor else { break }
        guard (tokens[index].endsWord ? across : within) + score > floor else { continue }
        let acoustic = (isClassic && token == last ? beam.blank[slot] : total) + score
        var candidate = Candidate(
          score: acoustic, acoustic: acoustic, slot: Int32(slot), token: token, extended: -1,
          parent: beam.prefixes[slot], word: FusedState.noWord)
        if let session {
          session.extensions(of: tree.pointer(candidate.parent), by: token) { extended in
            candidate.score = acoustic + extended.extra
            candidate.word = extended.word
            guard candidate.score > floor,
              marks[Int(token)] != mark || !isInBeam(slot, token, extended.word)
            else { return }
            candidate.extended = Int32(extensions.count)
            extensions.append(extended)
            candidates.append(candidate)
            best = candidate.score > best ? candidate.score : best
          }
        } else {
          guard acoustic > floor && marks[Int(token)] != mark else { continue }
          candidates.append(candidate)
          best = acoustic > best ? acoustic : best
        }
        floor = max(floor, best - options.beamThreshold)
        if candidates.count >= limit { keepBestCandidates(&floor) }
      }
    }
  }

  private func isInBeam(_ slot: Int, _ token: Int32, _ word: Int32) -> Bool {
    var child = firstChild[slot]
    while child >= 0 {
      let prefix = tree.pointer(beam.prefixes[Int(child)])
      if prefix.pointee.token == token && prefix.pointee.fused.word == word { return true }
      child = nextChild[Int(child)]
    }
    return false
  }

  /// Drops candidates that others crowd out already.
  private mutating func keepBestCandidates(_ floor: inout Double) {
    let kept = options.beamWidth
    candidates.values.bringToFront(kept, by: Self.precedes)
    candidates.resize(to: kept)
    var worst = Double.infinity
    for index in 0..<kept { worst = min(worst, candidates[index].score) }
    floor = max(floor, worst)
  }

  private static func precedes(_ left: Candidate, _ right: Candidate) -> Bool {
    if left.score != right.score { return left.score > right.score }
    // Prefixes of the beam, which have no token here, come first.
    if (left.token < 0) != (right.token < 0) { return left.token < 0 }
    if left.parent != right.parent { return left.parent < right.parent }
    if left.token != right.token { return left.token < right.token }
    return left.word < right.word
  }

  /// Makes the next beam of what stays and of the candidates.
  private mutating func select(above floor: Double, worst: Double) {
    let count = beam.count
    if candidates.count == 0 && worst > floor { return keepAll() }
    for slot in 0..<count {
      let score = stayTotal[slot] + beam.extra[slot]
      candidates.append(
        Candidate(
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
      candidates.values.bringToFront(options.beamWidth, by: Self.precedes)
      chosen = options.beamWidth
      candidates.resize(to: chosen)
    }
    beam.resize(to: chosen)
    let isClassic = options.topology == .classic
    for index in 0..<chosen {
      let candidate = candidates[index]
      if candidate.token < 0 {
        beam.blank[index] = stayBlank[Int(candidate.slot)]
        beam.label[index] = stayLabel[Int(candidate.slot)]
      } else {
        beam.blank[index] = isClassic ? -.infinity : candidate.acoustic
        beam.label[index] = isClassic ? candidate.acoustic : -.infinity
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
  private mutating func prefix(of candidate: Candidate, _ session: FusionSession?) -> Int32 {
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
