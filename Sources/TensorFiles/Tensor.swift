/// An array in a mapped file: its type, shape and strides, and access to its elements.
public struct Tensor: Sendable {
  /// The type of the elements.
  public let elementType: ElementType
  /// The length of each axis; empty for a single element.
  public let shape: [Int]
  /// The distance between neighbours along each axis, in elements.
  public let strides: [Int]
  /// The path of the file.
  public var path: String { file.path }
  /// The number of elements.
  public let count: Int

  private let file: MappedFile
  private let byteOffset: Int
  private let isByteSwapped: Bool

  /// - Throws: ``TensorFileError`` where the shape is negative or overflows, or the file does not hold
  ///   `byteOffset` and all elements.
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
      // Cannot overflow: at most the number of elements, or the array is empty.
      stride = stride &* max(1, shape[axis])
    }
    self.strides = strides
  }

  /// The product of a shape's axes.
  static func elementCount(_ shape: [Int], _ path: String) throws(TensorFileError) -> Int {
    if let axis = shape.first(where: { $0 < 0 }) {
      throw TensorFileError(path, "shape \(shape) has the negative axis \(axis)")
    }
    // Axes of a gigantic but empty array must not overflow later either.
    var product = 1
    for axis in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: max(1, axis))
      guard !overflow else { throw TensorFileError(path, "shape \(shape) is too large") }
      product = next
    }
    return shape.contains(0) ? 0 : product
  }

  /// Calls `body` with all elements in the order of the file: without a copy where their bytes are
  /// in the machine's order and aligned, else with a copy.
  ///
  /// bfloat16 elements are `UInt16` words, booleans `UInt8`.
  ///
  /// - Throws: ``TensorFileError`` where `Element` is not the tensor's type, or what `body` throws.
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
