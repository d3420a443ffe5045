/// Where the values `[batch, time, labels + 1, vocabulary]` of a transducer's joiner lie in a buffer, and how
/// many frames each sample has.
///
/// Position u of a sample is the place after u of its labels. Padded arrays hold as many frames and positions
/// for each sample; compact ones, as warp-rnnt has them, one sample's after the other's without padding.
public struct JoinerLayout: Sendable, Equatable {
  /// The number of tokens, the blank among them.
  public let vocabulary: Int
  /// The number of valid frames of each sample; what lies beyond is never read, and its gradient is 0.
  public let lengths: [Int]
  /// Where each sample lies: `[time, positions, vocabulary]`.
  let samples: [LogitsLayout]

  /// The number of samples.
  public var batch: Int { samples.count }

  /// A dense array, `[batch, time, positions, vocabulary]`.
  ///
  /// - Parameter lengths: The frames of each sample, `[batch]`; all of them by default.
  /// - Throws: ``InputError`` where a size is negative or above 2^24, there are no positions, the product overflows, or `lengths` is
  ///   not `batch` long or outside `0...time`.
  public init(
    batch: Int, time: Int, positions: Int, vocabulary: Int, lengths: [Int]? = nil
  ) throws(InputError) {
    let size = try checkedProduct("layout", time, positions, vocabulary)
    _ = try checkedProduct("layout", batch, size, 1)
    guard batch <= LogitsLayout.largestAxis else {
      throw InputError("batch", "\(batch) is more than \(LogitsLayout.largestAxis)")
    }
    guard positions >= 1 else { throw InputError("positions", "none: no labels take one") }
    let lengths = try LogitsLayout.checkedLengths(lengths, batch: batch, time: time)
    var samples: [LogitsLayout] = []
    for sample in 0..<batch {
      samples.append(
        try LogitsLayout(
          batch: time, time: positions, vocabulary: vocabulary,
          strides: (positions * vocabulary, vocabulary, 1), offset: sample * size))
    }
    self.vocabulary = vocabulary
    self.lengths = lengths
    self.samples = samples
  }

  /// Samples one after the other, `[lengths[b], labelCounts[b] + 1, vocabulary]` each.
  ///
  /// - Throws: ``InputError`` where a size is negative, above 2^24 or overflows, or there are not as many of
  ///   both.
  public init(
    compact lengths: [Int], labelCounts: [Int], vocabulary: Int
  ) throws(InputError) {
    guard lengths.count == labelCounts.count else {
      throw InputError("labelCounts", "\(labelCounts.count) for \(lengths.count) samples")
    }
    var samples: [LogitsLayout] = []
    var offset = 0
    for (sample, length) in lengths.enumerated() {
      guard (0...LogitsLayout.largestAxis).contains(labelCounts[sample]) else {
        throw InputError("labelCounts", sample: sample, "\(labelCounts[sample]) labels")
      }
      let positions = labelCounts[sample] + 1
      let size = try checkedProduct("layout", length, positions, vocabulary)
      samples.append(
        try LogitsLayout(
          batch: length, time: positions, vocabulary: vocabulary,
          strides: (positions * vocabulary, vocabulary, 1), offset: offset))
      let (next, overflow) = offset.addingReportingOverflow(size)
      guard !overflow else { throw InputError("layout", "too large") }
      offset = next
    }
    self.vocabulary = vocabulary
    self.lengths = lengths
    self.samples = samples
  }

  /// Throws unless a buffer of `count` elements holds every index.
  func check(_ argument: String, count: Int) throws(InputError) {
    for layout in samples { try layout.check(argument, count: count) }
  }
}
