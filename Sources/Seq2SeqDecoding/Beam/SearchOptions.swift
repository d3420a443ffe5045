import Seq2SeqLosses

/// How many prefixes a beam search keeps and extends: the options that the searches of CTC and of transducers share.
///
/// For a search that drops nothing but what the width excludes, set both thresholds to infinity.
public struct SearchOptions: Sendable, Equatable {
  /// The maximum number of prefixes kept, 1 to ``largestBeamWidth``.
  ///
  /// For CTC it applies after each frame; for transducers in each frame, and again after each further label in it.
  public var beamWidth: Int
  /// Prefixes that score this many nats below the best one are dropped, 0 or more.
  ///
  /// With transducers, the best one is that of the prefixes that wait at the same frame or a later one.
  public var beamThreshold: Double
  /// Tokens that are this many nats below the best one of their row extend no prefix, 0 or more.
  public var tokenPruneThreshold: Double
  /// The maximum number of hypotheses returned, best first, 1 or more.
  public var hypothesisCount: Int

  /// The largest beam width.
  public static let largestBeamWidth = 1 << 20

  /// The options; a decoder checks them when it is made.
  ///
  /// - Parameters:
  ///   - beamWidth: The maximum number of prefixes kept.
  ///   - beamThreshold: How far below the best one prefixes are dropped, in nats.
  ///   - tokenPruneThreshold: How far below the best one tokens extend no prefix, in nats.
  ///   - hypothesisCount: The maximum number of hypotheses returned.
  public init(
    beamWidth: Int, beamThreshold: Double = 10, tokenPruneThreshold: Double = 8,
    hypothesisCount: Int = 1
  ) {
    self.beamWidth = beamWidth
    self.beamThreshold = beamThreshold
    self.tokenPruneThreshold = tokenPruneThreshold
    self.hypothesisCount = hypothesisCount
  }

  func check() throws(InputError) {
    guard (1...Self.largestBeamWidth).contains(beamWidth) else {
      throw InputError("beamWidth", "\(beamWidth) is outside 1...\(Self.largestBeamWidth)")
    }
    for (name, threshold) in [
      ("beamThreshold", beamThreshold), ("tokenPruneThreshold", tokenPruneThreshold),
    ] where !(threshold >= 0) {
      throw InputError(name, "\(threshold) is not 0 or more")
    }
    guard hypothesisCount >= 1 else {
      throw InputError("hypothesisCount", "\(hypothesisCount) is less than 1")
    }
  }

  /// The floor that scores must exceed to be no further below the best one than the threshold.
  @inline(__always)
  func floor(below best: Double) -> Double { (best - beamThreshold).nextDown }

  /// The number of candidates at which those outside of the beam's width are dropped.
  @inline(__always)
  var candidateLimit: Int { 2 * beamWidth + 64 }
}
