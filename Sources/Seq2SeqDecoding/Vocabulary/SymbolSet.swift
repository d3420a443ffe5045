/// A set of symbols as 64 bits, as in a Bloom filter: it may also contain symbols that were never
/// added, so use it only as a bound.
enum SymbolSet {
  /// The set of a token without symbols. It is part of every set of next symbols, so it never
  /// excludes anything.
  static let none: UInt64 = 1 << 63

  /// The bit of a symbol, which other symbols may share.
  @inline(__always)
  static func bit(of symbol: UInt32) -> UInt64 { 1 &<< UInt64(symbol) }

  /// The bit of the first symbol of a token.
  static func bit(ofFirst symbols: some Collection<UInt32>) -> UInt64 {
    symbols.first.map(bit(of:)) ?? none
  }
}
