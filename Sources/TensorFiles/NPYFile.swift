import MappedFiles

/// Reads NumPy's `.npy` files, format versions 1, 2 and 3.
public enum NPYFile {
  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

  /// Reads the array of a file.
  ///
  /// Row- and column-major order and both byte orders are supported. Raw two-byte elements (`V2`)
  /// are read as bfloat16, because `ml_dtypes` saves bfloat16 arrays in that way.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - loading: Whether the file is memory-mapped or copied into memory.
  /// - Throws: ``TensorFileError`` if the file cannot be opened, is truncated, has another format
  ///   or an unsupported element type, or if bytes follow the array.
  public static func read(
    _ path: String, loading: FileLoading = .mapped
  ) throws(TensorFileError) -> Tensor {
    try read(MappedFile(path, loading))
  }

  /// Reads the array from a copy of a file's bytes; `path` names the file in errors.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - path: The name of the file in errors.
  /// - Throws: ``TensorFileError`` like ``read(_:loading:)``.
  public static func read(
    bytes: some Collection<UInt8>, path: String = ""
  ) throws(TensorFileError) -> Tensor {
    try read(MappedFile(copying: bytes, path: path))
  }

  /// Reads the array that fills a file, or a part of one.
  static func read(_ file: MappedFile) throws(TensorFileError) -> Tensor {
    let (path, bytes) = (file.path, file.bytes)
    guard bytes.count >= 10, bytes.starts(with: magic) else {
      throw TensorFileError(path, "not an .npy file")
    }
    let isLong = bytes[6] > 1
    guard (1...3).contains(bytes[6]), bytes.count >= 12 else {
      throw TensorFileError(path, "format version \(bytes[6]), cut short or not known")
    }
    let lengthBytes = bytes[8..<(isLong ? 12 : 10)]
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = lengthBytes.endIndex
    guard length <= bytes.count - start else {
      throw TensorFileError(path, "the header of \(length) bytes is cut short")
    }
    // NumPy's own limit for headers from untrusted sources.
    guard length <= 10_000 else {
      throw TensorFileError(path, "the header of \(length) bytes is too long")
    }
    let header = try NPYHeader(bytes[start..<start + length], path)
    let (type, isByteSwapped) = try elementType(header.description, path)
    let tensor = try Tensor(
      file, type, shape: header.shape, isColumnMajor: header.isColumnMajor,
      byteOffset: start + length, isByteSwapped: isByteSwapped)
    let rest = bytes.count - start - length - tensor.count * type.byteCount
    guard rest == 0 else { throw TensorFileError(path, "\(rest) bytes follow the array") }
    return tensor
  }

  /// The element type that `descr` names, and whether its byte order differs from the machine's.
  private static func elementType(
    _ description: String, _ path: String
  ) throws(TensorFileError) -> (ElementType, isByteSwapped: Bool) {
    guard let order = description.first, "<>|=".contains(order),
      let type = ElementType.allCases.first(where: { $0.npyCode == description.dropFirst() })
    else { throw TensorFileError(path, "elements of type '\(description)' are not supported") }
    let isBig = order == ">"
    #if _endian(little)
      return (type, isBig && type.byteCount > 1)
    #else
      return (type, order == "<" && type.byteCount > 1)
    #endif
  }
}

extension ElementType {
  /// The type's code in NumPy's `descr`, without the byte order.
  var npyCode: String {
    switch self {
    case .bool: "b1"
    case .int8: "i1"
    case .int16: "i2"
    case .int32: "i4"
    case .int64: "i8"
    case .uint8: "u1"
    case .uint16: "u2"
    case .uint32: "u4"
    case .uint64: "u8"
    case .float16: "f2"
    case .float32: "f4"
    case .float64: "f8"
    case .bfloat16: "V2"
    }
  }
}
