import CSeq2SeqLossesHeader
import Dispatch
import Seq2SeqLosses

/// The object behind a C handle.
///
/// A handle is a number that is never used again, not an address: one that was destroyed, or is of another kind, is an
/// error, and one that is destroyed while a call uses it lives until that call returns.
final class Handle<Value> {
  private let value: Value

  private init(_ value: Value) { self.value = value }

  /// A handle for a caller to keep.
  static func make(_ value: Value) -> OpaquePointer { HandleTable.shared.add(Handle(value)) }

  /// The value that a handle stands for.
  static func get(_ argument: String, _ pointer: OpaquePointer?) throws(InputError) -> Value {
    guard let pointer else { throw InputError(argument, "NULL") }
    guard let handle = find(HandleTable.shared[pointer]) else {
      throw InputError(argument, "destroyed, or no handle of this kind")
    }
    return handle.value
  }

  /// Ends a handle; one that was ended before, or is of another kind, stays as it is.
  static func destroy(_ pointer: OpaquePointer?) {
    guard let pointer, find(HandleTable.shared[pointer]) != nil else { return }
    HandleTable.shared.remove(pointer)
  }

  private static func find(_ object: AnyObject?) -> Handle? {
    guard let object, type(of: object) == Handle.self else { return nil }
    return unsafeDowncast(object, to: Handle.self)
  }
}

/// All handles that have not been destroyed.
private final class HandleTable: @unchecked Sendable {
  static let shared = HandleTable()

  // Guards the others.
  private let turn = DispatchSemaphore(value: 1)
  private var objects: [UInt: AnyObject] = [:]
  private var last: UInt = 0

  func add(_ object: AnyObject) -> OpaquePointer {
    turn.wait()
    defer { turn.signal() }
    last += 16
    objects[last] = object
    return OpaquePointer(bitPattern: last).unsafelyUnwrapped
  }

  subscript(pointer: OpaquePointer) -> AnyObject? {
    turn.wait()
    defer { turn.signal() }
    return objects[UInt(bitPattern: pointer)]
  }

  func remove(_ pointer: OpaquePointer) {
    turn.wait()
    let object = objects.removeValue(forKey: UInt(bitPattern: pointer))
    turn.signal()
    // Let go after the turn: what ends with it may call functions of the caller's, and those this table.
    withExtendedLifetime(object) {}
  }
}

/// Makes a value of C's options, and a handle for it.
func create<Options, Value>(
  _ options: UnsafePointer<Options>?, _ result: UnsafeMutablePointer<OpaquePointer?>?,
  _ names: [String: String], _ make: (Options) throws(InputError) -> Value
) -> seq2seq_status {
  status(names) { () throws(InputError) in
    guard let options else { throw InputError("options", "NULL") }
    guard let result else { throw InputError("result", "NULL") }
    result.pointee = Handle.make(try make(options.pointee))
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
  guard strings.count <= largestCount else {
    throw InputError(argument, "\(strings.count) is more than \(largestCount)")
  }
  guard strings.count > 0 else { return [] }
  guard let ends = strings.ends else { throw InputError(argument, "ends are NULL") }
  var result: [String] = []
  var start = 0
  for index in 0..<Int(strings.count) {
    let end = Int(ends[index])
    guard end >= start, end == start || strings.bytes != nil else {
      throw InputError(argument, position: index, "ends at \(end), before its start")
    }
    guard end <= largestCount else {
      throw InputError(argument, position: index, "ends at \(end), past \(largestCount)")
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
