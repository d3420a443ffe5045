#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes an `.npy` file piece by piece, so that a large array need not be in memory whole.
///
/// The file appears under its name only when ``finish()`` has been called: until then it is a
/// temporary one beside it, which is removed if the writer is let go.
public final class NPYWriter {
  private let path: String
  private let temporaryPath: String
  private let elementType: ElementType
  private var stream: UnsafeMutablePointer<FILE>?
  private var missing: Int

  /// Begins a row-major array.
  ///
  /// - Throws: ``TensorFileError`` where the shape is negative, too large or of more than 64 axes, or the file cannot be made.
  public init(
    _ path: String, elementType: ElementType, shape: [Int]
  ) throws(TensorFileError) {
    self.path = path
    self.elementType = elementType
    temporaryPath = "\(path).\(getpid()).partial"
    // More than NumPy's own arrays have; the header's length is a 16-bit number.
    guard shape.count <= 64 else { throw TensorFileError(path, "\(shape.count) axes, at most 64") }
    missing = try Tensor.elementCount(shape, path)
    // Renaming would put a file in the place of a device or a folder.
    var status = stat()
    guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
      throw TensorFileError(path, "is there and not a regular file")
    }
    stream = fopen(temporaryPath, "wbx")
    guard stream != nil else { throw TensorFileError(path, MappedFile.lastError) }
    let header = Self.header(elementType, shape)
    try header.span.withUnsafeBytes { (bytes) throws(TensorFileError) in try write(bytes) }
  }

  deinit {
    if let stream {
      fclose(stream)
      unlink(temporaryPath)
    }
  }

  /// Appends elements; bfloat16 as `UInt16` words, booleans as `UInt8`.
  ///
  /// - Throws: ``TensorFileError`` where the type is not the file's, there are more elements than the
  ///   shape has, or the disk is full.
  public func append<Element: TensorElement>(
    _ elements: Span<Element>
  ) throws(TensorFileError) {
    guard Element.elementType == elementType || Element.elementType == elementType.storage else {
      throw TensorFileError(path, "\(Element.elementType) elements for \(elementType)")
    }
    guard elements.count <= missing else {
      throw TensorFileError(path, "\(elements.count) elements where \(missing) are missing")
    }
    try elements.withUnsafeBytes { (bytes) throws(TensorFileError) in try write(bytes) }
    // Only now: after a failed write the file must not pass for a whole one.
    missing -= elements.count
  }

  /// Gives the file its name.
  ///
  /// - Throws: ``TensorFileError`` where elements are missing, or the file cannot be written.
  public func finish() throws(TensorFileError) {
    guard missing == 0, let stream else {
      throw TensorFileError(path, "\(missing) elements are missing")
    }
    self.stream = nil
    guard fclose(stream) == 0, rename(temporaryPath, path) == 0 else {
      let problem = MappedFile.lastError
      unlink(temporaryPath)
      throw TensorFileError(path, problem)
    }
  }

  /// Writes a whole array.
  ///
  /// - Throws: ``TensorFileError`` where the shape does not fit or the file cannot be written.
  public static func write<Element: TensorElement>(
    _ elements: [Element], shape: [Int], to path: String
  ) throws(TensorFileError) {
    let writer = try NPYWriter(path, elementType: Element.elementType, shape: shape)
    try writer.append(elements.span)
    try writer.finish()
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(TensorFileError) {
    guard let stream,
      bytes.isEmpty || fwrite(bytes.baseAddress, 1, bytes.count, stream) == bytes.count
    else { throw TensorFileError(path, MappedFile.lastError) }
  }

  /// Version 1: magic, version, length, and the dictionary padded so that the data is aligned to 64.
  private static func header(_ type: ElementType, _ shape: [Int]) -> [UInt8] {
    #if _endian(little)
      let order = type.byteCount == 1 ? "|" : "<"
    #else
      let order = type.byteCount == 1 ? "|" : ">"
    #endif
    let axes = shape.map { "\($0)," }.joined(separator: " ")
    // One axis keeps its comma, as Python needs it; more do not, as NumPy writes them.
    let tuple = shape.count > 1 ? String(axes.dropLast()) : axes
    var text =
      "{'descr': '\(order)\(type.npyCode)', 'fortran_order': False, 'shape': (\(tuple)), }"
    let padding = 63 - (10 + text.utf8.count) % 64
    text += String(repeating: " ", count: padding) + "\n"
    let length = text.utf8.count
    return NPYFile.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }
}
