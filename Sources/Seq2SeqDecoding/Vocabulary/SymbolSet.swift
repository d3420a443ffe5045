/// A set of symbols in 64 bits, which may have more than were put into it: a bound, not a proof.
enum SymbolSet {
  /// What tokens without symbols have, and every set of what comes next: they change nothing.
  static let none: UInt64 = 1 << 63

  /// The bit of a symbol; others may have the same.
  @inline(__always)
  static func bit(of symbol: UInt32) -> UInt64 { 1 &<< UInt64(symbol) }

  /// The bit of what a token begins with.
  static func bit(ofFirst symbols: some Collection<UInt32>) -> UInt64 {
    symbols.first.map(bit(of:)) ?? none
  }
}
