/// The tokens of one frame that can raise an extension of the beam's prefixes above the floor.
///
/// Invariants: ``sorted`` is in the order of falling log-probabilities, and each token of
/// ``lifted`` is in one of the lists that begin in ``firstLifted``.
struct FrameTokens: ~Copyable {
  struct Token: BitwiseCopyable {
    var logProbability: Double
    var number: Int32
    /// The index of the next token of the list; -1 for the last.
    var next: Int32 = -1
  }

  /// The largest scores of extensions without the log-probability of the token, for tokens within a
  /// word and for tokens that end one.
  struct Reach {
    var within = -Double.infinity
    var across = -Double.infinity
    /// The same for tokens that do not continue a phrase.
    var freshWithin = -Double.infinity
    var freshAcross = -Double.infinity

    @inline(__always)
    mutating func include(_ total: Double, _ bounds: FusionBounds) {
      let (within, across) = (total + bounds.within, total + bounds.across)
      self.within = max(self.within, within)
      self.across = max(self.across, across)
      freshWithin = max(freshWithin, within - bounds.phrases)
      freshAcross = max(freshAcross, across - bounds.phrases)
    }
  }

  /// The tokens that can do so after any prefix, the most probable first; if probabilities tie,
  /// lower tokens first.
  private(set) var sorted = Scratch<Token>()
  /// Less probable tokens, which can do so only if they continue an unfinished phrase.
  private(set) var lifted = Scratch<Token>()
  /// For each bit of ``PhraseAutomaton/Token``, the first of its tokens in ``lifted``, if the bit
  /// is in ``liftedBits``.
  private(set) var firstLifted = Scratch<Int32>()
  private var liftedBits: UInt64 = 0
  /// The log-probability of the most probable token in ``lifted``.
  private var bestLifted = -Double.infinity

  // Most parts of a large vocabulary contain no such token and are skipped.
  private static let partLength = 64
  private var largest = Scratch<Double>()

  init() { firstLifted.resize(to: 64) }

  /// Chooses the tokens of a row, `[vocabulary]`.
  mutating func choose(
    _ row: UnsafeBufferPointer<Double>, blank: Int, pruneThreshold: Double, floor: Double,
    _ reach: Reach, _ bounds: UnsafeBufferPointer<TokenBounds>?
  ) {
    sorted.removeAll()
    lifted.removeAll()
    liftedBits = 0
    bestLifted = -.infinity
    let best = findLargest(row)
    let threshold = (best - pruneThreshold).nextDown
    let least = max(floor - max(reach.within, reach.across), threshold)
    for part in 0..<largest.count where largest[part] > least {
      let end = min((part + 1) * Self.partLength, row.count)
      for token in part * Self.partLength..<end where row[token] > least && token != blank {
        consider(row[token], token, floor, reach, bounds)
      }
    }
    sort()
  }

  /// Whether a token can raise an extension of a prefix above the floor.
  @inline(__always)
  func reaches(_ source: PrefixExpansion.Source, above floor: Double) -> Bool {
    (sorted.count > 0 && source.reach + sorted[0].logProbability > floor)
      || lifted(by: source, above: floor) != 0
  }

  /// The bits of the tokens that continue a prefix's phrases, if one of them can exceed the floor.
  @inline(__always)
  func lifted(by source: PrefixExpansion.Source, above floor: Double) -> UInt64 {
    source.reach + bestLifted > floor ? source.bounds.continuations & liftedBits : 0
  }

  /// The largest value of each part of a row, and of all.
  private mutating func findLargest(_ row: UnsafeBufferPointer<Double>) -> Double {
    largest.resize(to: (row.count + Self.partLength - 1) / Self.partLength)
    var best = -Double.infinity
    for part in 0..<largest.count {
      var most = -Double.infinity
      let end = min((part + 1) * Self.partLength, row.count)
      for token in part * Self.partLength..<end { most = row[token] > most ? row[token] : most }
      largest[part] = most
      best = most > best ? most : best
    }
    return best
  }

  @inline(__always)
  private mutating func consider(
    _ value: Double, _ token: Int, _ floor: Double, _ reach: Reach,
    _ bounds: UnsafeBufferPointer<TokenBounds>?
  ) {
    if let bounds {
      let (endsWord, phrases) = (bounds[token].endsWord, bounds[token].phrases)
      let fresh = (endsWord ? reach.freshAcross : reach.freshWithin) + phrases.score + value
      guard fresh > floor else {
        if (endsWord ? reach.across : reach.within) + value > floor {
          lift(Token(logProbability: value, number: Int32(token)), phrases.bit)
        }
        return
      }
    }
    sorted.append(Token(logProbability: value, number: Int32(token)))
  }

  @inline(__always)
  private mutating func lift(_ token: Token, _ bit: UInt64) {
    let place = bit.trailingZeroBitCount
    var token = token
    token.next = liftedBits & bit == 0 ? -1 : firstLifted[place]
    liftedBits |= bit
    firstLifted[place] = Int32(lifted.count)
    lifted.append(token)
    bestLifted = max(bestLifted, token.logProbability)
  }

  private func sort() {
    if sorted.count > 16 {
      var values = sorted.values
      return values.sort {
        $0.logProbability == $1.logProbability
          ? $0.number < $1.number : $0.logProbability > $1.logProbability
      }
    }
    for end in stride(from: 1, to: sorted.count, by: 1) {
      let token = sorted[end]
      var place = end
      while place > 0 && sorted[place - 1].logProbability < token.logProbability {
        sorted[place] = sorted[place - 1]
        place -= 1
      }
      sorted[place] = token
    }
  }
}
