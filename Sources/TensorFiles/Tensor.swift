import MappedFiles

/// An array in a file: its element type, shape and strides, and access to its elements.
public struct Tensor: Sendable {
  /// The type of the elements.
  public let elementType: ElementType
  /// The length of each axis; empty for a single element.
  public let shape: [Int]
  /// The distance between neighboring elements along each axis, in elements.
  public let strides: [Int]
  /// The path of the file.
  public var path: String { file.path }
  /// The number of elements.
  public let count: Int

  private let file: MappedFile
  private let byteOffset: Int
  private let isByteSwapped: Bool

  /// - Throws: ``TensorFileError`` if the shape is negative or overflows, or if the file is too
  ///   short for the elements at `byteOffset`.
  init(
    _ file: MappedFile, _ elementType: ElementType, shape: [Int], isColumnMajor: Bool = false,
    byteOffset: Int, isByteSwapped: Bool = false
  ) throws(TensorFileError) {
    count = try Self.elementCount(shape, file.path)
    let (bytes, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
    guard !overflow, bytes <= file.bytes.count - byteOffset else {
      throw TensorFileError(
        file.path,
        "shape \(shape) of \(elementType) needs more than the \(file.bytes.count - byteOffset) "
          + "bytes that are there")
    }
    self.elementType = elementType
    self.shape = shape
    self.file = file
    self.byteOffset = byteOffset
    self.isByteSwapped = isByteSwapped
    var strides = [Int](repeating: 1, count: shape.count)
    var stride = 1
    for axis in isColumnMajor ? Array(shape.indices) : shape.indices.reversed() {
      strides[axis] = stride
      // Cannot overflow: it is at most the number of elements, or the array is empty.
      stride = stride &* max(1, shape[axis])
    }
    self.strides = strides
  }

  /// The product of the lengths of a shape's axes.
  static func elementCount(_ shape: [Int], _ path: String) throws(TensorFileError) -> Int {
    if let axis = shape.first(where: { $0 < 0 }) {
      throw TensorFileError(path, "shape \(shape) has the negative axis \(axis)")
    }
    // The axes of an empty but huge array must not overflow later.
    var product = 1
    for axis in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: max(1, axis))
      guard !overflow else { throw TensorFileError(path, "shape \(shape) is too large") }
      product = next
    }
    return shape.contains(0) ? 0 : product
  }

  /// Calls `body` with all elements in the order of the file. They are copied only if their byte
  /// order or alignment is not the machine's.
  ///
  /// bfloat16 elements are `UInt16` words, booleans are `UInt8`.
  ///
  /// - Parameters:
  ///   - type: The Swift type of the elements.
  ///   - body: Receives the elements, which are valid only during the call.
  /// - Throws: ``TensorFileError`` if `Element` is not the tensor's type; errors of `body`.
  public func withElements<Element: TensorElement, Result>(
    as type: Element.Type, _ body: (Span<Element>) throws -> Result
  ) throws -> Result {
    guard Element.elementType == elementType.storage else {
      throw TensorFileError(path, "holds \(elementType) where \(Element.elementType) is read")
    }
    return try withExtendedLifetime(file) {
      let bytes = UnsafeRawBufferPointer(
        rebasing: file.bytes[byteOffset..<byteOffset + count * MemoryLayout<Element>.size])
      let address = Int(bitPattern: bytes.baseAddress)
      if !isByteSwapped && address % MemoryLayout<Element>.alignment == 0 {
        return try body(bytes.bindMemory(to: Element.self).span)
      }
      let copy = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        let target = UnsafeMutableRawBufferPointer(buffer)
        target.copyMemory(from: bytes)
        if isByteSwapped {
          for start in stride(from: 0, to: target.count, by: MemoryLayout<Element>.size) {
            target[start..<start + MemoryLayout<Element>.size].reverse()
          }
        }
        initialized = count
      }
      return try body(copy.span)
    }
  }
}
