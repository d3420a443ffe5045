import Seq2SeqLosses

/// The options of a ``BeamSearchDecoder``.
///
/// ```swift
/// var options = BeamSearchOptions(beamWidth: 16)
/// options.hypothesisCount = 4
/// ```
///
/// The fields of ``search`` are read and set as if they were declared here. In our measurements on speech and text lines
/// the defaults lose nothing (docs/benchmarks.md).
@dynamicMemberLookup
public struct BeamSearchOptions: Sendable, Equatable {
  /// How paths of tokens collapse to label sequences.
  public var topology: CTCTopology
  /// How many prefixes are kept and extended.
  public var search: SearchOptions
  /// Whether hypotheses have the frames of their tokens and words, which takes one alignment each.
  public var findsSpans: Bool
  /// The measure of confidence of tokens and words.
  public var confidence: ConfidenceMeasure

  /// The options; a decoder checks them when it is made.
  ///
  /// - Parameters:
  ///   - topology: How paths of tokens collapse to label sequences.
  ///   - beamWidth: The maximum number of prefixes kept after each frame, 1 to ``SearchOptions/largestBeamWidth``.
  ///   - beamThreshold: How far below the best one prefixes are dropped, in nats, 0 or more.
  ///   - tokenPruneThreshold: How far below the best one of the frame tokens extend no prefix, in nats, 0 or more.
  ///   - hypothesisCount: The maximum number of hypotheses returned, 1 or more.
  ///   - findsSpans: Whether hypotheses have the frames of their tokens and words.
  ///   - confidence: The measure of confidence of tokens and words.
  public init(
    topology: CTCTopology = .classic, beamWidth: Int = 64, beamThreshold: Double = 10,
    tokenPruneThreshold: Double = 8, hypothesisCount: Int = 1, findsSpans: Bool = true,
    confidence: ConfidenceMeasure = .largest
  ) {
    self.topology = topology
    search = SearchOptions(
      beamWidth: beamWidth, beamThreshold: beamThreshold,
      tokenPruneThreshold: tokenPruneThreshold, hypothesisCount: hypothesisCount)
    self.findsSpans = findsSpans
    self.confidence = confidence
  }

  /// A field of ``search``.
  public subscript<Value>(dynamicMember field: WritableKeyPath<SearchOptions, Value>) -> Value {
    get { search[keyPath: field] }
    set { search[keyPath: field] = newValue }
  }
}
