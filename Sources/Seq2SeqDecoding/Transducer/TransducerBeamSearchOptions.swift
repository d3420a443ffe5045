import Seq2SeqLosses

/// How widely a beam search over a transducer's outputs looks.
///
/// For a search that drops nothing but what the width and the labels a frame exclude set both thresholds to
/// infinity.
public struct TransducerBeamSearchOptions: Sendable, Equatable {
  /// What the joiner's outputs do.
  public var topology = TransducerTopology.standard
  /// How many labels a path may have at one frame, 1 or more: at most so many times is the joiner called again there.
  ///
  /// 1 is the one-step constrained search (Kim and Lee 2020, arXiv 2002.03577); with
  /// `TransducerTopology.monotonic` no more are possible.
  public var maximumLabelsPerFrame = 5
  /// How many prefixes are kept at each frame and after each further label there, 1 or more.
  public var beamWidth = 8
  /// Prefixes this far below the best that waits at the same frame or a later one are dropped, in nats, 0 or more.
  public var beamThreshold = 10.0
  /// Tokens this far below the best of their row extend no prefix, in nats, 0 or more.
  public var tokenPruneThreshold = 8.0
  /// How many hypotheses are returned, best first, 1 or more.
  public var hypothesisCount = 1

  /// The defaults.
  public init() {}

  /// The largest width.
  public static let largestBeamWidth = BeamSearchOptions.largestBeamWidth

  func check() throws(InputError) {
    // What both searches have is checked in one place.
    var common = BeamSearchOptions()
    common.beamWidth = beamWidth
    common.beamThreshold = beamThreshold
    common.tokenPruneThreshold = tokenPruneThreshold
    common.hypothesisCount = hypothesisCount
    try common.check()
  }
}
