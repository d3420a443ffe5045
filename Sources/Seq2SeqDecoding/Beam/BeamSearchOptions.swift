import Seq2SeqLosses

/// How widely a beam search looks.
///
/// The defaults lose nothing that was measured on speech and text lines (docs/benchmarks.md). For a search
/// that drops nothing but what the width excludes set both thresholds to infinity.
public struct BeamSearchOptions: Sendable, Equatable {
  /// How paths of tokens collapse to labellings.
  public var topology = CTCTopology.classic
  /// How many prefixes are kept after each frame, 1 or more.
  public var beamWidth = 64
  /// Prefixes this far below the best are dropped, in nats, 0 or more.
  public var beamThreshold = 10.0
  /// Tokens this far below the best of their frame extend no prefix, in nats, 0 or more.
  public var tokenPruneThreshold = 8.0
  /// How many hypotheses are returned, best first, 1 or more.
  public var hypothesisCount = 1
  /// Whether hypotheses have the frames of their tokens and words: one more alignment for each.
  public var findsSpans = true

  /// How sure of tokens and words the hypotheses say the posteriors are.
  public var confidence = ConfidenceMeasure.largest

  /// The defaults.
  public init() {}

  /// The largest width.
  public static let largestBeamWidth = 1 << 20

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
}
