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

  /// All elements as integers, in row-major order whatever the order in the file.
  ///
  /// - Throws: ``TensorFileError`` where the elements are not integers, or one does not fit.
  public func integers() throws -> [Int] {
    switch elementType {
    case .int8: try integers(Int8.self)
    case .int16: try integers(Int16.self)
    case .int32: try integers(Int32.self)
    case .int64: try integers(Int64.self)
    case .uint8: try integers(UInt8.self)
    case .uint16: try integers(UInt16.self)
    case .uint32: try integers(UInt32.self)
    case .uint64: try integers(UInt64.self)
    default: throw TensorFileError(path, "holds \(elementType) where integers are needed")
    }
  }

  private func integers<Element: TensorElement & FixedWidthInteger>(
    _ type: Element.Type
  ) throws -> [Int] {
    try withElements(as: type) { elements in
      var integers: [Int] = []
      integers.reserveCapacity(count)
      var index = [Int](repeating: 0, count: shape.count)
      for _ in 0..<count {
        let place = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
        guard let integer = Int(exactly: elements[place]) else {
          throw TensorFileError(path, "\(elements[place]) at \(index) is too large")
        }
        integers.append(integer)
        for axis in index.indices.reversed() {
          index[axis] += 1
          if index[axis] < shape[axis] { break }
          index[axis] = 0
        }
      }
      return integers
    }
  }
}
