import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// A C tensor, checked. Operations are extensions of this protocol, so that the type of the elements is chosen in one
/// place: ``tensor(_:_:lengths:)``.
protocol TypedTensor {
  associatedtype Element: LogitElement
  var layout: LogitsLayout { get }
  /// The memory from the lowest to the highest element.
  var buffer: UnsafeMutableBufferPointer<Element> { get }
}

/// A tensor of one type of elements.
struct Tensor<Element: LogitElement>: TypedTensor {
  let layout: LogitsLayout
  let buffer: UnsafeMutableBufferPointer<Element>

  init(
    _ argument: String, _ tensor: seq2seq_tensor, lengths: UnsafePointer<Int64>? = nil,
    readsValues: Bool = true
  ) throws(InputError) {
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
    guard !isEmpty, readsValues else {
      buffer = UnsafeMutableBufferPointer(start: nil, count: 0)
      return
    }
    guard let values = tensor.values else { throw InputError(argument, "values are NULL") }
    let alignment = MemoryLayout<Element>.alignment
    guard UInt(bitPattern: values).isMultiple(of: UInt(alignment)) else {
      throw InputError(argument, "values are not aligned to \(alignment) bytes")
    }
    let start = values + lowest * MemoryLayout<Element>.stride
    buffer = UnsafeMutableBufferPointer(
      start: start.assumingMemoryBound(to: Element.self), count: highest - lowest + 1)
  }
}

extension TypedTensor {
  /// Another tensor of the same element type.
  func sameType(
    _ argument: String, _ tensor: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) -> Tensor<Element> {
    guard let tensor = tensor?.pointee else { throw InputError(argument, "NULL") }
    guard try elementType(argument, tensor.element) == Element.self else {
      throw InputError(argument, "of another element type than its input")
    }
    return try Tensor(argument, tensor)
  }
}

/// A C tensor of any type of elements.
func tensor(
  _ argument: String, _ tensor: seq2seq_tensor, lengths: UnsafePointer<Int64>? = nil,
  readsValues: Bool = true
) throws(InputError) -> any TypedTensor {
  func typed<Element: LogitElement>(
    _ type: Element.Type
  ) throws(InputError) -> any TypedTensor {
    try Tensor<Element>(argument, tensor, lengths: lengths, readsValues: readsValues)
  }
  return try typed(try elementType(argument, tensor.element))
}

/// A C tensor of any type of elements.
func tensor(
  _ argument: String, _ pointer: UnsafePointer<seq2seq_tensor>?,
  lengths: UnsafePointer<Int64>? = nil
) throws(InputError) -> any TypedTensor {
  guard let pointer else { throw InputError(argument, "NULL") }
  return try tensor(argument, pointer.pointee, lengths: lengths)
}

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
