import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// A C tensor, checked: its layout, and the memory between its lowest and highest element.
struct CheckedTensor {
  let element: any LogitElement.Type
  let layout: LogitsLayout
  private let start: UnsafeMutableRawPointer?
  private let count: Int

  init(
    _ argument: String, _ tensor: UnsafePointer<seq2seq_tensor>?,
    lengths: UnsafePointer<Int64>? = nil
  ) throws(InputError) {
    guard let tensor = tensor?.pointee else { throw InputError(argument, "NULL") }
    element = try elementType(argument, tensor.element)
    let shape = [tensor.shape.0, tensor.shape.1, tensor.shape.2].map(Int.init)
    let strides = [tensor.strides.0, tensor.strides.1, tensor.strides.2].map(Int.init)
    var (lowest, highest) = (0, 0)
    let isEmpty = shape.contains(0)
    for size in shape where size < 0 { throw InputError(argument, "\(size) is negative") }
    for (size, stride) in zip(shape, strides) where !isEmpty {
      let (reach, overflow) = stride.multipliedReportingOverflow(by: size - 1)
      let (end, tooFar) = (reach < 0 ? lowest : highest).addingReportingOverflow(reach)
      guard !overflow, !tooFar, end.magnitude < 1 << 40 else {
        throw InputError(argument, "strides \(strides) are too large")
      }
      if reach < 0 { lowest = end } else { highest = end }
    }
    // Before lengths are read: a batch is then no more than they may be.
    try named(argument) { () throws(InputError) in
      try LogitsLayout.checkAxes(batch: shape[0], time: shape[1], vocabulary: shape[2])
    }
    let lengths = lengths.map { UnsafeBufferPointer(start: $0, count: shape[0]).map(Int.init) }
    // Strides of nothing may be anything.
    layout =
      try isEmpty
      ? LogitsLayout(batch: shape[0], time: shape[1], vocabulary: shape[2], lengths: lengths)
      : LogitsLayout(
        batch: shape[0], time: shape[1], vocabulary: shape[2],
        strides: (strides[0], strides[1], strides[2]), offset: -lowest, lengths: lengths)
    count = isEmpty ? 0 : highest - lowest + 1
    guard !isEmpty else {
      start = nil
      return
    }
    guard let values = tensor.values else { throw InputError(argument, "values are NULL") }
    let (size, alignment) = sizeAndAlignment(element)
    guard UInt(bitPattern: values).isMultiple(of: UInt(alignment)) else {
      throw InputError(argument, "values are not aligned to \(alignment) bytes")
    }
    start = values + lowest * size
  }

  /// The memory as values of the tensor's type.
  func buffer<Element>(of type: Element.Type) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: start?.assumingMemoryBound(to: type), count: count)
  }
}

/// Runs `body`, whose errors are those of an argument: their own name says which part of it.
private func named(
  _ argument: String, _ body: () throws(InputError) -> Void
) throws(InputError) {
  do throws(InputError) {
    try body()
  } catch {
    throw InputError(argument, "\(error.argument): \(error.problem)")
  }
}

/// The largest count of a C array: 2^31 - 1.
let largestCount = Int64(Int32.max)

/// The Swift type of a C tensor's elements.
private func elementType(
  _ argument: String, _ element: seq2seq_element
) throws(InputError) -> any LogitElement.Type {
  switch element {
  case SEQ2SEQ_FLOAT32: return Float.self
  case SEQ2SEQ_FLOAT64: return Double.self
  case SEQ2SEQ_BFLOAT16: return BFloat16.self
  case SEQ2SEQ_FLOAT16:
    #if (os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64)
      throw InputError(argument, "float16 is not available on this platform")
    #else
      return Float16.self
    #endif
  default: throw InputError(argument, "\(element.rawValue) is no element type")
  }
}

private func sizeAndAlignment<Element>(_ type: Element.Type) -> (size: Int, alignment: Int) {
  (MemoryLayout<Element>.stride, MemoryLayout<Element>.alignment)
}

extension LabelBatch {
  /// Copies C labels.
  init(
    _ labels: UnsafePointer<seq2seq_labels>?, _ argument: String = "labels"
  ) throws(InputError) {
    guard let labels = labels?.pointee else { throw InputError(argument, "NULL") }
    let lengths = try array("label_lengths", labels.lengths, labels.count)
    let values = try buffer(argument, labels.values, labels.value_count)
    if labels.row_stride < 0 {
      // Before they are read.
      var rest = values.count
      for (sample, length) in lengths.enumerated() {
        guard (0...rest).contains(length) else {
          throw InputError(
            "label_lengths", sample: sample,
            "\(length) is negative or past the end of \(values.count) labels")
        }
        rest -= length
      }
      guard rest == 0 else {
        throw InputError(
          "label_lengths", "they add up to \(values.count - rest) of \(values.count) labels")
      }
      try self.init(concatenated: Array(values), lengths: lengths)
      return
    }
    let width = Int(labels.row_stride)
    var kept: [Int64] = []
    for (sample, length) in lengths.enumerated() {
      guard (0...width).contains(length) else {
        throw InputError("labelLengths", sample: sample, "\(length) is outside 0...\(width)")
      }
      let (first, overflow) = sample.multipliedReportingOverflow(by: width)
      guard length == 0 || (!overflow && first <= values.count - length) else {
        throw InputError(
          "labels", sample: sample, "\(length) labels past the end of \(values.count) values")
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

extension CTCTopology {
  /// C's topology.
  init(_ topology: seq2seq_topology) throws(InputError) {
    // Numbered in the order of the cases.
    guard topology.rawValue < Self.allCases.count else {
      throw InputError("topology", "\(topology.rawValue) is no topology")
    }
    self = Self.allCases[Int(topology.rawValue)]
  }
}

/// A caller's number of threads, 0 for one a processor.
func threadCount(_ threads: Int64) throws(InputError) -> Int? {
  guard threads >= 0 else { throw InputError("threads", "\(threads) is negative") }
  return threads == 0 ? nil : Int(threads)
}
