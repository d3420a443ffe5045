import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// The largest count of a C array: 2^31 - 1.
let largestCount = Int64(Int32.max)

extension LabelBatch {
  /// Copies C labels.
  init(
    _ argument: String, _ labels: UnsafePointer<seq2seq_labels>?
  ) throws(InputError) {
    guard let labels else { throw InputError(argument, "NULL") }
    try self.init(argument, labels.pointee)
  }

  /// Copies C labels.
  init(_ argument: String, _ labels: seq2seq_labels) throws(InputError) {
    let lengths = try array(argument, labels.lengths, labels.count)
    let values = try buffer(argument, labels.values, labels.value_count)
    if labels.row_stride < 0 {
      // Before they are read.
      var rest = values.count
      for (sample, length) in lengths.enumerated() {
        guard (0...rest).contains(length) else {
          throw InputError(
            "\(argument).lengths", sample: sample,
            "\(length) is negative or past the end of \(values.count) labels")
        }
        rest -= length
      }
      guard rest == 0 else {
        throw InputError(
          "\(argument).lengths", "they add up to \(values.count - rest) of \(values.count) labels")
      }
      try self.init(concatenated: Array(values), lengths: lengths)
      return
    }
    let width = Int(labels.row_stride)
    var kept: [Int64] = []
    for (sample, length) in lengths.enumerated() {
      guard (0...width).contains(length) else {
        throw InputError(
          "\(argument).lengths", sample: sample, "\(length) is outside 0...\(width)")
      }
      let (first, overflow) = sample.multipliedReportingOverflow(by: width)
      guard length == 0 || (!overflow && first <= values.count - length) else {
        throw InputError(
          argument, sample: sample, "\(length) labels past the end of \(values.count) values")
      }
      if length > 0 { kept += values[first..<first + length] }
    }
    try self.init(concatenated: kept, lengths: lengths)
  }
}

/// A C array of `count` integers.
func array(
  _ argument: String, _ values: UnsafePointer<Int64>?, _ count: Int64
) throws(InputError) -> [Int] {
  try buffer(argument, values, count).map(Int.init)
}

private func buffer(
  _ argument: String, _ values: UnsafePointer<Int64>?, _ count: Int64
) throws(InputError) -> UnsafeBufferPointer<Int64> {
  guard count >= 0 else { throw InputError(argument, "\(count) is negative") }
  guard count <= largestCount else {
    throw InputError(argument, "\(count) is more than \(largestCount)")
  }
  guard let values else {
    guard count == 0 else { throw InputError(argument, "NULL") }
    return UnsafeBufferPointer(start: nil, count: 0)
  }
  return UnsafeBufferPointer(start: values, count: Int(count))
}

/// Memory for `count` results.
func results<Value>(
  _ argument: String, _ values: UnsafeMutablePointer<Value>?, _ count: Int
) throws(InputError) -> UnsafeMutableBufferPointer<Value> {
  guard values != nil || count == 0 else { throw InputError(argument, "NULL") }
  return UnsafeMutableBufferPointer(start: values, count: count)
}

/// Weights, one for each sample.
func weights(_ weights: UnsafePointer<Double>?, _ count: Int) -> [Double]? {
  weights.map { Array(UnsafeBufferPointer(start: $0, count: count)) }
}

/// A caller's number of threads, where 0 means one for each processor.
func threadCount(_ threads: Int64) throws(InputError) -> Int? {
  guard threads >= 0 else { throw InputError("threads", "\(threads) is negative") }
  return threads == 0 ? nil : Int(threads)
}
