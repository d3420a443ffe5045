/// The label sequences of a batch, one after the other.
///
/// It can be written as an array literal: `let labels: LabelBatch = [[1, 2], [], [3]]`. The loss
/// checks whether the labels fit its vocabulary and blank.
public struct LabelBatch: Sendable, Equatable {
  /// All labels, sequence after sequence.
  public let concatenated: [Int]
  /// Sequence i is `concatenated[offsets[i]..<offsets[i + 1]]`; one more entry than sequences.
  public let offsets: [Int]

  /// The number of sequences.
  public var count: Int { offsets.count - 1 }

  /// The labels of sequence `index`.
  public subscript(index: Int) -> ArraySlice<Int> {
    concatenated[offsets[index]..<offsets[index + 1]]
  }

  /// The number of labels of each sequence.
  public var lengths: [Int] { (0..<count).map { offsets[$0 + 1] - offsets[$0] } }

  /// One sequence for each element of `sequences`.
  public init(_ sequences: [[Int]]) {
    concatenated = Array(sequences.joined())
    offsets = sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  /// Sequences whose offsets are known to fit.
  init(concatenated: [Int], offsets: [Int]) {
    self.concatenated = concatenated
    self.offsets = offsets
  }

  /// Sequences stored one after the other, as in PyTorch's `ctc_loss`.
  ///
  /// - Throws: ``InputError`` if a length is negative, if the lengths do not add up to the number
  ///   of labels, or if a label does not fit in `Int`.
  @specialized(where Label == Int)
  @specialized(where Label == Int32)
  @specialized(where Label == Int64)
  public init<Label: BinaryInteger>(
    concatenated: [Label], lengths: [Int]
  ) throws(InputError) {
    var offsets = [0]
    for (sample, length) in lengths.enumerated() {
      let (end, overflow) = offsets[sample].addingReportingOverflow(length)
      guard length >= 0, !overflow, end <= concatenated.count else {
        throw InputError(
          "labelLengths", sample: sample,
          "\(length) is negative or past the end of \(concatenated.count) labels")
      }
      offsets.append(end)
    }
    guard offsets[lengths.count] == concatenated.count else {
      throw InputError(
        "labelLengths", "they add up to \(offsets[lengths.count]) of \(concatenated.count) labels")
    }
    self.concatenated = try Self.integers(concatenated) { position in
      let sample = offsets.lastIndex { $0 <= position } ?? 0
      return (sample, position - offsets[sample])
    }
    self.offsets = offsets
  }

  /// Rows of a contiguous matrix `[lengths.count, width]`. Values past a row's length are ignored.
  ///
  /// - Throws: ``InputError`` if the matrix has another size, if a length is outside `0...width`,
  ///   or if a label does not fit in `Int`.
  @specialized(where Label == Int)
  @specialized(where Label == Int32)
  @specialized(where Label == Int64)
  public init<Label: BinaryInteger>(
    padded: [Label], width: Int, lengths: [Int]
  ) throws(InputError) {
    let expected = try checkedProduct("labels", lengths.count, width)
    guard padded.count == expected else {
      throw InputError(
        "labels", "\(padded.count) values where [\(lengths.count), \(width)] has \(expected)")
    }
    for (sample, length) in lengths.enumerated() where !(0...width).contains(length) {
      throw InputError("labelLengths", sample: sample, "\(length) is outside 0...\(width)")
    }
    var kept: [Label] = []
    for (sample, length) in lengths.enumerated() {
      kept += padded[sample * width..<sample * width + length]
    }
    try self.init(concatenated: kept, lengths: lengths)
  }

  private static func integers<Label: BinaryInteger>(
    _ labels: [Label], place: (Int) -> (sample: Int, position: Int)
  ) throws(InputError) -> [Int] {
    var integers: [Int] = []
    integers.reserveCapacity(labels.count)
    for (index, label) in labels.enumerated() {
      guard let integer = Int(exactly: label) else {
        let (sample, position) = place(index)
        throw InputError("labels", sample: sample, position: position, "\(label) is too large")
      }
      integers.append(integer)
    }
    return integers
  }
}

extension LabelBatch: ExpressibleByArrayLiteral {
  /// One sequence for each element.
  public init(arrayLiteral sequences: [Int]...) { self.init(sequences) }
}
