/// The dictionary at the beginning of an `.npy` file: `{'descr': '<f4', 'fortran_order': False,
/// …}`.
///
/// NumPy writes it as a Python literal. This reader accepts only the literals that NumPy writes:
/// strings, `True`, `False` and tuples of integers, with the keys in any order. Format: NumPy
/// enhancement proposal 1 and `numpy.lib.format`.
struct NPYHeader {
  var description = ""
  var isColumnMajor = false
  var shape: [Int] = []

  private enum Literal {
    case text(String)
    case flag(Bool)
    case tuple([Int])
  }

  /// - Throws: ``TensorFileError`` unless the text is such a dictionary with the three keys.
  init(_ text: some Collection<UInt8>, _ path: String) throws(TensorFileError) {
    var scanner = Scanner(bytes: Array(text), path: path)
    var seen: Set<String> = []
    try scanner.expect("{")
    while !scanner.skip("}") {
      let key = try scanner.quoted()
      try scanner.expect(":")
      let value = try scanner.literal()
      guard seen.insert(key).inserted else {
        throw TensorFileError(path, "the header has '\(key)' twice")
      }
      switch (key, value) {
      case ("descr", .text(let text)): description = text
      case ("fortran_order", .flag(let flag)): isColumnMajor = flag
      case ("shape", .tuple(let axes)): shape = axes
      default: throw TensorFileError(path, "the header has an unexpected '\(key)'")
      }
      if !scanner.skip(",") {
        try scanner.expect("}")
        break
      }
    }
    guard scanner.isAtEnd else { throw TensorFileError(path, "the header goes on after '}'") }
    for key in ["descr", "fortran_order", "shape"] where !seen.contains(key) {
      throw TensorFileError(path, "the header has no '\(key)'")
    }
  }

  private struct Scanner {
    let bytes: [UInt8]
    let path: String
    var position = 0

    var isAtEnd: Bool {
      mutating get {
        skipSpace()
        return position == bytes.count
      }
    }

    mutating func skipSpace() {
      while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
        position += 1
      }
    }

    mutating func skip(_ text: StaticString) -> Bool {
      skipSpace()
      let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
      guard bytes[position...].starts(with: wanted) else { return false }
      position += wanted.count
      return true
    }

    mutating func expect(_ text: StaticString) throws(TensorFileError) {
      guard skip(text) else {
        throw TensorFileError(path, "the header has no '\(text)' at byte \(position)")
      }
    }

    mutating func quoted() throws(TensorFileError) -> String {
      skipSpace()
      let start = position + 1
      guard position < bytes.count, bytes[position] == 0x27 || bytes[position] == 0x22,
        let end = bytes[start...].firstIndex(of: bytes[position])
      else { throw TensorFileError(path, "the header has no string at byte \(position)") }
      position = end + 1
      return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    mutating func literal() throws(TensorFileError) -> Literal {
      if skip("True") { return .flag(true) }
      if skip("False") { return .flag(false) }
      guard !skip("[") else {
        throw TensorFileError(path, "a structured array (several named fields) is not supported")
      }
      guard skip("(") else { return .text(try quoted()) }
      var axes: [Int] = []
      while !skip(")") {
        axes.append(try integer())
        // NumPy allows 64 axes.
        guard axes.count <= 64 else { throw TensorFileError(path, "more than 64 axes") }
        if !skip(",") {
          try expect(")")
          break
        }
      }
      return .tuple(axes)
    }

    mutating func integer() throws(TensorFileError) -> Int {
      skipSpace()
      let start = position
      if position < bytes.count, bytes[position] == 0x2D { position += 1 }
      while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
      let digits = String(decoding: bytes[start..<position], as: UTF8.self)
      // Python 2 wrote long integers with an L.
      _ = skip("L")
      guard let integer = Int(digits) else {
        throw TensorFileError(path, "the header has no integer but '\(digits)' at byte \(start)")
      }
      return integer
    }
  }
}
