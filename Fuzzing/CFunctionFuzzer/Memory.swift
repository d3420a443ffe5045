import CSeq2SeqLossesHeader
import FuzzSupport

/// Memory for the arguments of one call, of exactly the sizes that the header describes, so that
/// the address sanitizer detects every access outside.
final class Memory {
  var bytes: FuzzedBytes
  private var blocks: [UnsafeMutableRawPointer] = []

  init(_ bytes: FuzzedBytes) { self.bytes = bytes }

  deinit { for block in blocks { block.deallocate() } }

  /// Memory for some values; not NULL even if there are none.
  func room<Value>(_ type: Value.Type, _ count: Int) -> UnsafeMutablePointer<Value> {
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: max(0, count) * MemoryLayout<Value>.stride, alignment: 16)
    block.initializeMemory(
      as: UInt8.self, repeating: 0xFF, count: max(0, count) * MemoryLayout<Value>.stride)
    blocks.append(block)
    return block.assumingMemoryBound(to: type)
  }

  /// A copy of values.
  func copy<Value>(_ values: [Value]) -> UnsafeMutablePointer<Value> {
    let copy = room(Value.self, values.count)
    for (index, value) in values.enumerated() { copy[index] = value }
    return copy
  }

  /// A pointer to a value.
  func pointer<Value>(_ value: Value) -> UnsafeMutablePointer<Value> { copy([value]) }

  /// The pointer, or sometimes NULL.
  func maybe<Value>(_ pointer: UnsafeMutablePointer<Value>) -> UnsafeMutablePointer<Value>? {
    bytes.number(below: 12) == 0 ? nil : pointer
  }

  /// Usually a small number, rarely one whose products overflow.
  func integer(_ end: Int) -> Int64 {
    let byte = bytes.number(below: 256)
    let hostile: [Int64] = [-1, .max, .min, 1 << 31, 1 << 40, 1 << 62, -(1 << 31)]
    return byte < hostile.count ? hostile[byte] : Int64(byte % end)
  }

  func double() -> Double { bytes.logit() }

  /// Arbitrary numbers, as many as the length of a dimension.
  func integers(_ count: Int, below end: Int) -> UnsafeMutablePointer<Int64> {
    copy((0..<count).map { _ in integer(end) })
  }

  func doubles(_ count: Int) -> UnsafeMutablePointer<Double> {
    copy((0..<count).map { _ in double() })
  }

  /// A tensor with any strides, in exactly the memory that these reach.
  func tensor(
    _ shape: [Int], isOutput: Bool = false, isDense: Bool = false, element: seq2seq_element? = nil
  ) -> UnsafeMutablePointer<seq2seq_tensor> {
    let types = [SEQ2SEQ_FLOAT32, SEQ2SEQ_FLOAT64, SEQ2SEQ_FLOAT16, SEQ2SEQ_BFLOAT16]
    let element = element ?? bytes.choice(types)
    var axes = [2, 1, 0]
    var strides = [0, 0, 0]
    if !isDense && bytes.flag() { axes.swapAt(bytes.number(below: 3), bytes.number(below: 3)) }
    var next = 1
    for axis in axes {
      if !isDense && bytes.number(below: 4) == 0 { next += bytes.number(below: 3) }
      strides[axis] = next
      next *= max(1, shape[axis])
    }
    if !isDense && bytes.number(below: 4) == 0 { strides[bytes.number(below: 3)] *= -1 }
    if !isDense && !isOutput && bytes.number(below: 8) == 0 { strides[0] = 0 }
    var (lowest, highest) = (0, 0)
    if shape.allSatisfy({ $0 > 0 }) {
      for (size, stride) in zip(shape, strides) {
        if stride < 0 { lowest += stride * (size - 1) } else { highest += stride * (size - 1) }
      }
      highest += 1
    }
    let size = element == SEQ2SEQ_FLOAT64 ? 8 : element == SEQ2SEQ_FLOAT32 ? 4 : 2
    let memory = UnsafeMutableRawPointer(room(UInt8.self, (highest - lowest) * size))
    if !isOutput {
      for index in 0..<(highest - lowest) {
        let value = bytes.logit()
        switch element {
        case SEQ2SEQ_FLOAT64: memory.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
        case SEQ2SEQ_FLOAT32:
          memory.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
        default:
          memory.storeBytes(
            of: UInt16(truncatingIfNeeded: Float(value).bitPattern >> 16), toByteOffset: index * 2,
            as: UInt16.self)
        }
      }
    }
    return pointer(
      seq2seq_tensor(
        values: memory - lowest * size, element: element,
        shape: (Int64(shape[0]), Int64(shape[1]), Int64(shape[2])),
        strides: (Int64(strides[0]), Int64(strides[1]), Int64(strides[2]))))
  }

  /// The element type of a tensor, for another tensor that must have the same type.
  func like(
    _ tensor: UnsafeMutablePointer<seq2seq_tensor>, isDense: Bool = false
  ) -> UnsafeMutablePointer<seq2seq_tensor> {
    let shape = tensor.pointee.shape
    return self.tensor(
      [Int(shape.0), Int(shape.1), Int(shape.2)], isOutput: true, isDense: isDense,
      element: bytes.number(below: 16) == 0 ? nil : tensor.pointee.element)
  }

  /// Labels of some sequences, with lengths that may be wrong.
  func labels(_ count: Int, below vocabulary: Int, longest: Int = 5) -> UnsafeMutablePointer<
    seq2seq_labels
  > {
    let lies = bytes.number(below: 8) == 0
    let lengths = (0..<count).map { _ in
      lies ? integer(longest + 1) : Int64(bytes.number(in: 0...longest))
    }
    let stride = bytes.flag() ? -1 : lies ? integer(6) : Int64(longest)
    let known = lengths.reduce(0) { $0 + min(max(0, $1), Int64(longest)) }
    let needed = stride < 0 ? Int(known) : Int(min(stride, 64)) * count
    let values = (0..<needed).map { _ in
      lies ? integer(vocabulary + 1) : Int64(bytes.number(below: max(1, vocabulary)))
    }
    return pointer(
      seq2seq_labels(
        values: copy(values), value_count: Int64(needed), lengths: copy(lengths),
        count: Int64(count), row_stride: stride))
  }

  /// Texts, some of which are not UTF-8, with ends that may lie inside their bytes.
  func strings(_ count: Int) -> UnsafeMutablePointer<seq2seq_strings> {
    var text: [CChar] = []
    var ends: [Int64] = []
    let letters: [UInt8] = [0x61, 0x62, 0x20, 0x7C, 0xC3, 0xA9, 0xCC, 0x81, 0]
    for _ in 0..<count {
      for _ in 0..<bytes.number(below: 4) { text.append(CChar(bitPattern: bytes.choice(letters))) }
      ends.append(Int64(text.count))
    }
    return pointer(seq2seq_strings(bytes: copy(text), ends: copy(ends), count: Int64(count)))
  }
}
