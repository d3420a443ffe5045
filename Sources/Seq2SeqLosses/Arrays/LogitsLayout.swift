/// The layout of values `[batch, time, vocabulary]` in a buffer, and the number of frames of each
/// sample.
///
/// The value of sample b, frame t and token k is the buffer's element
/// `offset + b · batchStride + t · timeStride + k · vocabularyStride`. Time-major, padded, transposed
/// and flipped arrays are read in place, without a copy.
public struct LogitsLayout: Sendable, Equatable {
  /// The number of samples.
  public let batch: Int
  /// The number of frames of each sample in the array, including padding.
  public let time: Int
  /// The number of tokens, including the blank.
  public let vocabulary: Int
  /// The distances between neighbors along each axis, in elements; may be negative.
  public let batchStride, timeStride, vocabularyStride: Int
  /// The element at index `[0, 0, 0]`.
  public let offset: Int
  /// The number of valid frames of each sample. Values beyond are never read, and their gradient is 0.
  public let lengths: [Int]

  /// The largest ``vocabulary``: 2^24.
  public static let largestAxis = 1 << 24

  /// The largest ``batch``: 2^20.
  ///
  /// Samples without frames or with shared logits take no memory of the caller's, so memory does not bound their number.
  public static let largestBatch = 1 << 20

  /// The largest ``time``: 2^31 - 1.
  public static let longestTime = Int(Int32.max)

  /// A dense array, `[batch, time, vocabulary]`, or `[time, batch, vocabulary]` if `timeMajor`.
  ///
  /// - Parameters:
  ///   - batch: The number of samples.
  ///   - time: The number of frames that the array has for each sample.
  ///   - vocabulary: The number of tokens, the blank among them.
  ///   - lengths: The number of valid frames of each sample, `[batch]`; all of them by default.
  ///   - timeMajor: Whether time is the first axis.
  /// - Throws: ``InputError`` where a size is negative or the product overflows, an axis is longer than
  ///   ``largestBatch``, ``longestTime`` or ``largestAxis``, or `lengths` is not `batch` long or outside `0...time`.
  public init(
    batch: Int, time: Int, vocabulary: Int, lengths: [Int]? = nil, timeMajor: Bool = false
  ) throws(InputError) {
    // Checked before the strides, whose products must not trap.
    try Self.checkAxes(batch: batch, time: time, vocabulary: vocabulary)
    try self.init(
      batch: batch, time: time, vocabulary: vocabulary,
      strides: timeMajor
        ? (vocabulary, batch &* vocabulary, 1) : (time &* vocabulary, vocabulary, 1),
      lengths: lengths)
  }

  /// An array with any strides, in elements.
  ///
  /// With a batch stride of 0, samples share their logits. Frames cannot share theirs.
  ///
  /// - Parameters:
  ///   - batch: The number of samples.
  ///   - time: The number of frames that the array has for each sample.
  ///   - vocabulary: The number of tokens, the blank among them.
  ///   - strides: The distances between neighbors along each axis, in elements; may be negative.
  ///   - offset: The element at index `[0, 0, 0]`.
  ///   - lengths: The number of valid frames of each sample, `[batch]`; all of them by default.
  /// - Throws: ``InputError`` as the dense initializer, and where an index overflows or is negative, or several frames
  ///   have a stride of 0.
  public init(
    batch: Int, time: Int, vocabulary: Int, strides: (batch: Int, time: Int, vocabulary: Int),
    offset: Int = 0, lengths: [Int]? = nil
  ) throws(InputError) {
    try Self.checkAxes(batch: batch, time: time, vocabulary: vocabulary)
    guard strides.time != 0 || time <= 1 || vocabulary == 0 else {
      throw InputError("strides", "\(time) frames with a stride of 0")
    }
    let lengths = try Self.checkedLengths(lengths, batch: batch, time: time)
    self.batch = batch
    self.time = time
    self.vocabulary = vocabulary
    (batchStride, timeStride, vocabularyStride) = strides
    self.offset = offset
    self.lengths = lengths
    _ = try bounds()
  }

  /// Contiguous rows that all samples share, with sizes that have been checked.
  init(shared batch: Int, frames: Int, vocabulary: Int) {
    self.batch = batch
    time = frames
    self.vocabulary = vocabulary
    (batchStride, timeStride, vocabularyStride) = (0, vocabulary, 1)
    offset = 0
    lengths = [Int](repeating: frames, count: batch)
  }

  /// Throws if an axis is negative or too long, or if the product overflows.
  package static func checkAxes(batch: Int, time: Int, vocabulary: Int) throws(InputError) {
    _ = try checkedProduct("layout", batch, time, vocabulary)
    try checkCount("batch", batch, in: 0...largestBatch)
    try checkCount("time", time, in: 0...longestTime)
    try checkCount("vocabulary", vocabulary, in: 0...largestAxis)
  }

  /// Contiguous rows `[rows, positions, vocabulary]` from an element on, with sizes that have been
  /// checked; without lengths.
  init(rows: Int, positions: Int, vocabulary: Int, offset: Int) {
    batch = rows
    time = positions
    self.vocabulary = vocabulary
    (batchStride, timeStride, vocabularyStride) = (positions * vocabulary, vocabulary, 1)
    self.offset = offset
    lengths = []
  }

  /// The number of frames of each sample, `[batch]`; all frames if no lengths are given.
  static func checkedLengths(
    _ lengths: [Int]?, batch: Int, time: Int
  ) throws(InputError) -> [Int] {
    let lengths = lengths ?? [Int](repeating: time, count: batch)
    guard lengths.count == batch else {
      throw InputError("lengths", "\(lengths.count) lengths for a batch of \(batch)")
    }
    for (sample, length) in lengths.enumerated() where !(0...time).contains(length) {
      throw InputError("lengths", sample: sample, "\(length) is outside 0...\(time)")
    }
    return lengths
  }

  /// Whether the strides equal those of another layout.
  func hasStrides(of other: LogitsLayout) -> Bool {
    (batchStride, timeStride, vocabularyStride)
      == (other.batchStride, other.timeStride, other.vocabularyStride)
  }

  /// The smallest and the largest element that is used; nil if there is none.
  func bounds() throws(InputError) -> ClosedRange<Int>? {
    guard batch > 0, time > 0, vocabulary > 0 else { return nil }
    var lowest = offset
    var highest = offset
    try extend(&lowest, &highest, batch, batchStride)
    try extend(&lowest, &highest, time, timeStride)
    try extend(&lowest, &highest, vocabulary, vocabularyStride)
    // Below the largest integer, so that the number of elements is an integer too.
    guard lowest >= 0, highest < .max else {
      throw InputError(
        "strides",
        "\(axes.map(\.stride)) with offset \(offset) reach \(lowest < 0 ? lowest : highest)")
    }
    return lowest...highest
  }

  /// Extends a range of indices by an axis.
  private func extend(
    _ lowest: inout Int, _ highest: inout Int, _ size: Int, _ stride: Int
  ) throws(InputError) {
    let (extent, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
    let (end, endOverflow) = (extent < 0 ? lowest : highest).addingReportingOverflow(extent)
    guard !overflow, !endOverflow else {
      throw InputError("strides", "\(stride) for an axis of \(size) overflows")
    }
    if extent < 0 { lowest = end } else { highest = end }
  }

  /// Throws unless a buffer of `count` elements holds every index.
  package func check(_ argument: String, count: Int) throws(InputError) {
    guard let bounds = try bounds(), bounds.upperBound >= count else { return }
    throw InputError(
      argument,
      "\(count) elements where [\(batch), \(time), \(vocabulary)] needs \(bounds.upperBound + 1)")
  }

  /// Throws unless every index has its own element, as required for an array that is written.
  func checkDistinct(_ argument: String) throws(InputError) {
    guard batch > 0, time > 0, vocabulary > 0 else { return }
    // The usual case of nested rows, without the arrays that the general case needs.
    if vocabularyStride == 1, timeStride >= vocabulary, batchStride / time >= timeStride { return }
    // Sorted by stride, each axis must step over the whole span of the previous axes.
    var span = 0
    for (size, stride) in axes.filter({ $0.size > 1 }).sorted(by: {
      $0.stride.magnitude < $1.stride.magnitude
    }) {
      guard stride.magnitude > span else {
        throw InputError(argument, "strides \(axes.map(\.stride)) make elements overlap")
      }
      span += (size - 1) * Int(stride.magnitude)
    }
  }

  private var axes: [(size: Int, stride: Int)] {
    [(batch, batchStride), (time, timeStride), (vocabulary, vocabularyStride)]
  }
}
