/// The moves that emitted the labels of paths, in an arena: one trace per label, which refers to the trace of the
/// previous label by its index.
///
/// Invariants:
/// - The trace of the previous label has a lower index.
/// - A move begins where the previous one ends, or later.
struct EmissionTraces: ~Copyable {
  struct Trace: BitwiseCopyable {
    /// The trace of the previous label; -1 for the first.
    var previous: Int32
    var token: Int32
    var frame: Int
    /// The number of frames that the move consumes.
    var frames: Int32
    var logProbability: Double
    /// The probability of the token.
    var probability: Double
  }

  private var traces = Scratch<Trace>()
  var count: Int { traces.count }

  subscript(trace: Int32) -> Trace { traces[Int(trace)] }

  mutating func append(_ trace: Trace) -> Int32 {
    traces.append(trace)
    return Int32(traces.count - 1)
  }

  /// The spans of a path's labels.
  func spans(_ last: Int32) -> [TokenSpan] {
    var spans: [TokenSpan] = []
    var index = last
    while index >= 0 {
      let trace = traces[Int(index)]
      spans.append(
        TokenSpan(
          token: Int(trace.token), frames: trace.frame..<trace.frame + max(1, Int(trace.frames)),
          logProbability: trace.logProbability, confidence: trace.probability))
      index = trace.previous
    }
    return spans.reversed()
  }

  /// Keeps the traces that some traces descend from, in the same order. Returns the new number of
  /// each old trace.
  mutating func compact(keeping last: some Sequence<Int32>) -> [Int32] {
    var numbers = [Int32](repeating: -1, count: count)
    for index in last {
      var index = index
      while index >= 0 && numbers[Int(index)] < 0 {
        numbers[Int(index)] = 0
        index = traces[Int(index)].previous
      }
    }
    var kept: Int32 = 0
    for old in 0..<count where numbers[old] >= 0 {
      numbers[old] = kept
      var trace = traces[old]
      // Earlier traces have lower numbers, so their new numbers are known.
      if trace.previous >= 0 { trace.previous = numbers[Int(trace.previous)] }
      traces[Int(kept)] = trace
      kept += 1
    }
    traces.resize(to: Int(kept))
    checkInvariants()
    return numbers
  }
}
