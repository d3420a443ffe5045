/// Writes an `.npy` file piece by piece, so that a large array need not fit in memory.
///
/// The file appears under its name only when ``finish()`` has been called, as with ``OutputFile``.
public final class NPYWriter {
  private var path: String { file.path }
  private let file: OutputFile
  private let elementType: ElementType
  private var missing: Int

  /// Begins a row-major array.
  ///
  /// - Parameters:
  ///   - path: The file, which appears when ``finish()`` is called.
  ///   - elementType: The type of the elements.
  ///   - shape: The length of each axis.
  /// - Throws: ``TensorFileError`` if the shape is negative, too large or has more than 64 axes, or
  ///   if the file cannot be created.
  public init(
    _ path: String, elementType: ElementType, shape: [Int]
  ) throws(TensorFileError) {
    self.elementType = elementType
    // More axes than NumPy's own arrays may have. The length of the header is a 16-bit number.
    guard shape.count <= 64 else { throw TensorFileError(path, "\(shape.count) axes, at most 64") }
    missing = try Tensor.elementCount(shape, path)
    file = try OutputFile(path)
    try file.write(Self.header(elementType, shape).span)
  }

  /// Appends elements: bfloat16 as `UInt16` words, booleans as `UInt8`.
  ///
  /// - Throws: ``TensorFileError`` if the type is not that of the file, if there are more elements
  ///   than the shape has, or if the disk is full.
  public func append<Element: TensorElement>(
    _ elements: Span<Element>
  ) throws(TensorFileError) {
    guard Element.elementType == elementType || Element.elementType == elementType.storage else {
      throw TensorFileError(path, "\(Element.elementType) elements for \(elementType)")
    }
    guard elements.count <= missing else {
      throw TensorFileError(path, "\(elements.count) elements where \(missing) are missing")
    }
    try file.write(elements)
    missing -= elements.count
  }

  /// Passes all bytes to the operating system, so that errors that ``finish()`` would find are
  /// found now.
  ///
  /// - Throws: ``TensorFileError`` if elements are missing, or if the file cannot be written.
  public func flush() throws(TensorFileError) {
    guard missing == 0 else { throw TensorFileError(path, "\(missing) elements are missing") }
    try file.flush()
  }

  /// Gives the file its name.
  ///
  /// - Throws: ``TensorFileError`` if elements are missing, or if the file cannot be written.
  public func finish() throws(TensorFileError) {
    guard missing == 0 else { throw TensorFileError(path, "\(missing) elements are missing") }
    try file.finish()
  }

  /// Writes a whole array.
  ///
  /// - Parameters:
  ///   - elements: The elements in row-major order.
  ///   - shape: The length of each axis.
  ///   - path: The file.
  /// - Throws: ``TensorFileError`` if the shape does not fit or the file cannot be written.
  public static func write<Element: TensorElement>(
    _ elements: [Element], shape: [Int], to path: String
  ) throws(TensorFileError) {
    let writer = try NPYWriter(path, elementType: Element.elementType, shape: shape)
    try writer.append(elements.span)
    try writer.finish()
  }

  /// Version 1: magic string, version, length, and the dictionary, padded so that the data are
  /// aligned to 64 bytes.
  private static func header(_ type: ElementType, _ shape: [Int]) -> [UInt8] {
    #if _endian(little)
      let order = type.byteCount == 1 ? "|" : "<"
    #else
      let order = type.byteCount == 1 ? "|" : ">"
    #endif
    let axes = shape.map { "\($0)," }.joined(separator: " ")
    // A tuple with one axis needs its comma in Python; NumPy writes no comma at the end of longer
    // tuples.
    let tuple = shape.count > 1 ? String(axes.dropLast()) : axes
    var text =
      "{'descr': '\(order)\(type.npyCode)', 'fortran_order': False, 'shape': (\(tuple)), }"
    let padding = 63 - (10 + text.utf8.count) % 64
    text += String(repeating: " ", count: padding) + "\n"
    let length = text.utf8.count
    return NPYFile.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }
}
