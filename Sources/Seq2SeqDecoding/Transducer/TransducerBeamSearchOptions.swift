import Seq2SeqLosses

/// The options of a ``TransducerBeamSearchDecoder``.
///
/// ```swift
/// var options = TransducerBeamSearchOptions(beamWidth: 4, maximumLabelsPerFrame: 3)
/// options.hypothesisCount = 4
/// ```
///
/// The fields of ``search`` are read and set as if they were declared here.
@dynamicMemberLookup
public struct TransducerBeamSearchOptions: Sendable, Equatable {
  /// The moves of the joiner's outputs.
  public var topology: TransducerTopology
  /// How many prefixes are kept and extended.
  public var search: SearchOptions
  /// The maximum number of labels of a path in one frame, 1 to 2^20: the joiner is called at most that many more times
  /// there.
  ///
  /// 1 is the one-step constrained search (Kim and Lee 2020, arXiv 2002.03577). With `TransducerTopology.monotonic` no
  /// more are possible.
  public var maximumLabelsPerFrame: Int

  /// The options; a decoder checks them when it is made.
  ///
  /// - Parameters:
  ///   - topology: The moves of the joiner's outputs.
  ///   - beamWidth: The maximum number of prefixes kept in each frame, and after each further label in it, 1 to
  ///     ``SearchOptions/largestBeamWidth``.
  ///   - beamThreshold: How far below the best one prefixes are dropped, in nats, 0 or more.
  ///   - tokenPruneThreshold: How far below the best one of their row tokens extend no prefix, in nats, 0 or more.
  ///   - hypothesisCount: The maximum number of hypotheses returned, 1 or more.
  ///   - maximumLabelsPerFrame: The maximum number of labels of a path in one frame, 1 to 2^20.
  public init(
    topology: TransducerTopology = .standard, beamWidth: Int = 8, beamThreshold: Double = 10,
    tokenPruneThreshold: Double = 8, hypothesisCount: Int = 1, maximumLabelsPerFrame: Int = 5
  ) {
    self.topology = topology
    search = SearchOptions(
      beamWidth: beamWidth, beamThreshold: beamThreshold,
      tokenPruneThreshold: tokenPruneThreshold, hypothesisCount: hypothesisCount)
    self.maximumLabelsPerFrame = maximumLabelsPerFrame
  }

  /// A field of ``search``.
  public subscript<Value>(dynamicMember field: WritableKeyPath<SearchOptions, Value>) -> Value {
    get { search[keyPath: field] }
    set { search[keyPath: field] = newValue }
  }
}
