import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// What a C handle points to.
final class Handle<Value> {
  let value: Value

  init(_ value: Value) { self.value = value }

  /// A pointer for a caller to keep.
  static func make(_ value: Value) -> OpaquePointer {
    OpaquePointer(Unmanaged.passRetained(Handle(value)).toOpaque())
  }

  /// The value behind a pointer.
  static func get(_ argument: String, _ pointer: OpaquePointer?) throws(InputError) -> Value {
    guard let pointer else { throw InputError(argument, "NULL") }
    return Unmanaged<Handle<Value>>.fromOpaque(UnsafeRawPointer(pointer))
      .takeUnretainedValue().value
  }

  static func destroy(_ pointer: OpaquePointer?) {
    guard let pointer else { return }
    Unmanaged<Handle<Value>>.fromOpaque(UnsafeRawPointer(pointer)).release()
  }
}

/// A C string.
func string(_ argument: String, _ text: UnsafePointer<CChar>?) throws(InputError) -> String {
  guard let text else { throw InputError(argument, "NULL") }
  guard let string = String(validatingCString: text) else {
    throw InputError(argument, "not UTF-8")
  }
  return string
}

/// C's list of strings.
func strings(
  _ argument: String, _ strings: UnsafePointer<seq2seq_strings>?
) throws(InputError) -> [String] {
  guard let strings = strings?.pointee else { throw InputError(argument, "NULL") }
  guard strings.count >= 0 else { throw InputError(argument, "\(strings.count) is negative") }
  guard strings.count > 0 else { return [] }
  guard let ends = strings.ends else { throw InputError(argument, "ends are NULL") }
  var result: [String] = []
  var start = 0
  for index in 0..<Int(strings.count) {
    let end = Int(ends[index])
    guard end >= start, end == start || strings.bytes != nil else {
      throw InputError(argument, position: index, "ends at \(end), before its start")
    }
    let bytes = UnsafeRawBufferPointer(
      start: strings.bytes.map { UnsafeRawPointer($0 + start) }, count: end - start)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw InputError(argument, position: index, "not UTF-8")
    }
    result.append(text)
    start = end
  }
  return result
}
