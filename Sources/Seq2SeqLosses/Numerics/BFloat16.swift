/// A bfloat16 number: the upper half of a `Float`, stored as a 16-bit word.
///
/// It is only an element type of inputs and outputs. It has no arithmetic, because the losses
/// compute in `Float` or `Double`. ``withBFloat16(_:_:)`` uses raw words without a copy.
public struct BFloat16: Sendable, Equatable, BitwiseCopyable {
  /// The raw word: a sign bit, 8 exponent bits and 7 fraction bits.
  public var bitPattern: UInt16

  /// The number with this raw word.
  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// The nearest bfloat16, ties to even. Values that are too large become infinite; NaN stays NaN.
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
    } else {
      // The rounding may carry into the exponent, which is correct.
      bitPattern = UInt16(truncatingIfNeeded: (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)
    }
  }

  /// The value as a `Float`, exactly.
  public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

/// Calls `body` with raw bfloat16 words as ``BFloat16`` numbers, without a copy.
public func withBFloat16<Result, Failure: Error>(
  _ words: Span<UInt16>, _ body: (Span<BFloat16>) throws(Failure) -> Result
) throws(Failure) -> Result {
  try words.withUnsafeBufferPointer { (words) throws(Failure) in
    // ``BFloat16`` has the same size and alignment: it is a struct of one UInt16.
    let pointer = UnsafeRawPointer(words.baseAddress)?.assumingMemoryBound(to: BFloat16.self)
    return try body(UnsafeBufferPointer(start: pointer, count: words.count).span)
  }
}

/// Calls `body` with raw bfloat16 words as writable ``BFloat16`` numbers, without a copy.
public func withMutableBFloat16<Result, Failure: Error>(
  _ words: inout MutableSpan<UInt16>,
  _ body: (inout MutableSpan<BFloat16>) throws(Failure) -> Result
) throws(Failure) -> Result {
  try words.withUnsafeMutableBufferPointer { (words) throws(Failure) in
    let pointer = UnsafeMutableRawPointer(words.baseAddress)?
      .assumingMemoryBound(to: BFloat16.self)
    var span = UnsafeMutableBufferPointer(start: pointer, count: words.count).mutableSpan
    return try body(&span)
  }
}
