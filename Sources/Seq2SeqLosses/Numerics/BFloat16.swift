/// A bfloat16 number held as its raw 16-bit word: the upper half of a `Float`.
///
/// It only carries values in and out of the losses, which compute in `Double`; it has no arithmetic.
/// Zero-copy from raw words: see ``withBFloat16(_:_:)``.
public struct BFloat16: Sendable, Equatable, BitwiseCopyable {
  /// Sign, 8 bits of exponent, 7 bits of fraction.
  public var bitPattern: UInt16

  /// A number from its raw word.
  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// The nearest bfloat16, ties to even; too large values become infinite, NaN stays NaN.
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
    } else {
      // The carry of the rounding may reach the exponent, as it should.
      bitPattern = UInt16(truncatingIfNeeded: (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)
    }
  }

  /// The same number as a `Float`; exact.
  public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

/// Calls `body` with raw bfloat16 words seen as numbers, without a copy.
public func withBFloat16<Result, Failure: Error>(
  _ words: Span<UInt16>, _ body: (Span<BFloat16>) throws(Failure) -> Result
) throws(Failure) -> Result {
  try words.withUnsafeBufferPointer { (words) throws(Failure) in
    // Same size and alignment: a struct of one UInt16.
    let pointer = UnsafeRawPointer(words.baseAddress)?.assumingMemoryBound(to: BFloat16.self)
    return try body(UnsafeBufferPointer(start: pointer, count: words.count).span)
  }
}

/// Calls `body` with raw bfloat16 words seen as writable numbers, without a copy.
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
