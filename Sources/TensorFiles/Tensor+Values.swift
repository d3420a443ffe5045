extension Tensor {
  /// All elements as integers, in row-major order, whatever the order in the file.
  ///
  /// - Throws: ``TensorFileError`` if the elements are not integers, or if one is out of range.
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
    try values(type) { element, index in
      guard let integer = Int(exactly: element) else {
        throw TensorFileError(path, "\(element) at \(index) is too large")
      }
      return integer
    }
  }

  /// All elements as `Float`s, in row-major order, whatever the order in the file. `float64`
  /// elements are rounded.
  ///
  /// - Throws: ``TensorFileError`` if the elements are not floating point, or if they are float16
  ///   on a Mac with an Intel processor.
  public func floats() throws -> [Float] {
    switch elementType {
    case .float32: return try values(Float.self) { element, _ in element }
    case .float64: return try values(Double.self) { element, _ in Float(element) }
    case .bfloat16:
      return try values(UInt16.self) { element, _ in Float(bitPattern: UInt32(element) << 16) }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      case .float16: return try values(Float16.self) { element, _ in Float(element) }
    #endif
    default: throw TensorFileError(path, "holds \(elementType) where floating point is needed")
    }
  }

  private func values<Element: TensorElement, Value>(
    _ type: Element.Type, _ convert: (_ element: Element, _ index: [Int]) throws -> Value
  ) throws -> [Value] {
    try withElements(as: type) { elements in
      var values: [Value] = []
      values.reserveCapacity(count)
      var index = [Int](repeating: 0, count: shape.count)
      for _ in 0..<count {
        let place = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
        values.append(try convert(elements[place], index))
        for axis in index.indices.reversed() {
          index[axis] += 1
          if index[axis] < shape[axis] { break }
          index[axis] = 0
        }
      }
      return values
    }
  }
}
