/// Where the values `[batch, time, labels + 1, vocabulary]` of a transducer's joiner lie in a buffer, and how many frames
/// each sample has.
///
/// Position u of a sample is the place after u of its labels. There are three kinds of layouts:
///
/// - Padded: all samples have the same number of frames and positions.
/// - Compact, as in warp-rnnt: one sample after the other, without padding.
/// - Pruned, as in k2: a window of positions for each frame.
///
/// For a topology with durations, a row has the durations' logits after those of the tokens. They count as part of the
/// vocabulary here.
public struct JoinerLayout: LossLayout {
  /// The number of values of a row: tokens, including the blank, and durations.
  public let vocabulary: Int
  /// The number of valid frames of each sample. Values beyond are never read, and their gradient is 0.
  public let lengths: [Int]
  /// The layout of each sample: `[time, positions, vocabulary]`, without lengths.
  let samples: Samples
  /// The first position of each sample and frame; empty if all positions are held.
  private(set) var firstPositions: [[Int]] = []
  /// The frames at which each sample's labels may be emitted; empty if there is no limit.
  private(set) var windows: [[Range<Int>]] = []

  /// The number of samples.
  public var batch: Int { samples.count }
  /// The number of values of all samples, including padding.
  public var valueCount: Int { samples.valueCount }

  /// A dense array, `[batch, time, positions, vocabulary]`.
  ///
  /// - Parameters:
  ///   - batch: The number of samples.
  ///   - time: The number of frames that the array has for each sample.
  ///   - positions: The number of positions that the array has for each sample, at least one more than the labels of the
  ///     longest.
  ///   - vocabulary: The number of tokens, the blank among them.
  ///   - lengths: The number of valid frames of each sample, `[batch]`; all of them by default.
  /// - Throws: ``InputError`` where a size is negative or above 2^24, there are more samples than
  ///   ``LogitsLayout/largestBatch`` or no positions, the product overflows, or `lengths` is not `batch` long or
  ///   outside `0...time`.
  public init(
    batch: Int, time: Int, positions: Int, vocabulary: Int, lengths: [Int]? = nil
  ) throws(InputError) {
    let size = try Self.checkedSize(time, positions, vocabulary)
    _ = try checkedProduct("layout", batch, size)
    try checkCount("batch", batch, in: 0...LogitsLayout.largestBatch)
    guard positions >= 1 else { throw InputError("positions", "none: no labels take one") }
    self.vocabulary = vocabulary
    self.lengths = try LogitsLayout.checkedLengths(lengths, batch: batch, time: time)
    samples = .padded(batch: batch, time: time, positions: positions, vocabulary: vocabulary)
  }

  /// Samples one after the other, `[lengths[b], labelCounts[b] + 1, vocabulary]` each.
  ///
  /// - Parameters:
  ///   - lengths: The number of frames of each sample, `[batch]`.
  ///   - labelCounts: The number of labels of each sample, `[batch]`.
  ///   - vocabulary: The number of tokens, the blank among them.
  /// - Throws: ``InputError`` where a size is negative, above 2^24 or overflows, or `lengths` and `labelCounts` differ in
  ///   length.
  public init(
    compact lengths: [Int], labelCounts: [Int], vocabulary: Int
  ) throws(InputError) {
    guard lengths.count == labelCounts.count else {
      throw InputError("labelCounts", "\(labelCounts.count) for \(lengths.count) samples")
    }
    try checkCount("batch", lengths.count, in: 0...LogitsLayout.largestBatch)
    var offsets = [0]
    for (sample, length) in lengths.enumerated() {
      guard (0..<LogitsLayout.largestAxis).contains(labelCounts[sample]) else {
        throw InputError("labelCounts", sample: sample, "\(labelCounts[sample]) labels")
      }
      let size = try Self.checkedSize(length, labelCounts[sample] + 1, vocabulary)
      let (next, overflow) = offsets[sample].addingReportingOverflow(size)
      guard !overflow else { throw InputError("layout", "too large") }
      offsets.append(next)
    }
    self.vocabulary = vocabulary
    self.lengths = lengths
    samples = .compact(
      offsets: offsets, times: lengths, positions: labelCounts.map { $0 + 1 },
      vocabulary: vocabulary)
  }

  /// A dense array of a window of positions of each frame, `[batch, time, range, vocabulary]`: those from
  /// `firstPositions[b][t]` on, as in k2's pruned loss. No path leaves from any other node.
  ///
  /// - Parameters:
  ///   - batch: The number of samples.
  ///   - time: The number of frames that the array has for each sample.
  ///   - range: The number of positions of each frame.
  ///   - vocabulary: The number of tokens, the blank among them.
  ///   - firstPositions: The first position of each frame, `[batch][time]`.
  ///   - lengths: The number of valid frames of each sample, `[batch]`; all of them by default.
  /// - Throws: ``InputError`` as the dense initializer, and where a sample has not `time` first positions, or one is
  ///   negative.
  public init(
    batch: Int, time: Int, range: Int, vocabulary: Int, firstPositions: [[Int]],
    lengths: [Int]? = nil
  ) throws(InputError) {
    try self.init(
      batch: batch, time: time, positions: range, vocabulary: vocabulary, lengths: lengths)
    guard firstPositions.count == batch else {
      throw InputError("firstPositions", "\(firstPositions.count) for a batch of \(batch)")
    }
    for (sample, positions) in firstPositions.enumerated() {
      guard positions.count == time else {
        throw InputError(
          "firstPositions", sample: sample, "\(positions.count) for \(time) frames")
      }
      for (frame, position) in positions.enumerated()
      where !(0...LogitsLayout.largestAxis).contains(position) {
        throw InputError("firstPositions", sample: sample, position: frame, "\(position)")
      }
    }
    self.firstPositions = firstPositions
  }

  /// The same layout with labels restricted to some frames (alignment-restricted RNN-T, Mahadeokar et al. 2020,
  /// arXiv 2011.03072).
  ///
  /// - Parameter windows: The frames at which each label may be emitted, `[batch][labels]`.
  /// - Throws: ``InputError`` where `windows` has another number of samples.
  public func restricted(to windows: [[Range<Int>]]) throws(InputError) -> JoinerLayout {
    guard windows.count == batch else {
      throw InputError("windows", "\(windows.count) for a batch of \(batch)")
    }
    var layout = self
    layout.windows = windows
    return layout
  }

  private static func checkedSize(
    _ time: Int, _ positions: Int, _ vocabulary: Int
  ) throws(InputError) -> Int {
    let size = try checkedProduct("layout", time, positions, vocabulary)
    for (argument, length) in [
      ("time", time), ("positions", positions), ("vocabulary", vocabulary),
    ] {
      try checkCount(argument, length, in: 0...LogitsLayout.largestAxis)
    }
    return size
  }

  /// Throws unless a buffer of `count` elements contains every index.
  func check(_ argument: String, count: Int) throws(InputError) {
    for layout in samples { try layout.check(argument, count: count) }
  }
}

extension JoinerLayout {
  /// Where the samples lie, computed on access: samples without values take no memory of the caller's, and must not take
  /// memory here.
  enum Samples: RandomAccessCollection, Sendable, Equatable {
    case padded(batch: Int, time: Int, positions: Int, vocabulary: Int)
    case compact(offsets: [Int], times: [Int], positions: [Int], vocabulary: Int)

    var startIndex: Int { 0 }

    var endIndex: Int {
      switch self {
      case .padded(let batch, _, _, _): batch
      case .compact(_, let times, _, _): times.count
      }
    }

    var valueCount: Int {
      switch self {
      case .padded(let batch, let time, let positions, let vocabulary):
        batch * time * positions * vocabulary
      case .compact(let offsets, let times, _, _): offsets[times.count]
      }
    }

    subscript(sample: Int) -> LogitsLayout {
      switch self {
      case .padded(_, let time, let positions, let vocabulary):
        LogitsLayout(
          rows: time, positions: positions, vocabulary: vocabulary,
          offset: sample * time * positions * vocabulary)
      case .compact(let offsets, let times, let positions, let vocabulary):
        LogitsLayout(
          rows: times[sample], positions: positions[sample], vocabulary: vocabulary,
          offset: offsets[sample])
      }
    }
  }
}
