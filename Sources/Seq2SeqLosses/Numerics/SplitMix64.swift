/// A small seeded random number generator with the same results on every platform (Steele, Lea and
/// Flood, OOPSLA 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The sequence of `seed`.
  package init(seed: UInt64) { state = seed }

  /// The sequence of a sample. Each sample has its own, so its random numbers depend on the seed
  /// and on its index in the batch, but not on the other samples.
  init(seed: UInt64, sample: Int) {
    state = seed
    state = next() ^ UInt64(bitPattern: Int64(sample))
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A uniform number in [0, 1), a multiple of 2^-53.
  mutating func nextUniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}

extension SplitMix64 {
  /// Draws the index of one of several weights with a probability proportional to the weight. A
  /// weight of zero is never drawn if another weight is not zero.
  mutating func pick(_ candidates: [ExtendedRange]) -> Int {
    let whole = candidates.reduce(.zero, +)
    var rest = nextUniform()
    var chosen = 0
    for (index, candidate) in candidates.enumerated() where !candidate.isZero {
      chosen = index
      rest -= candidate.fraction(of: whole)
      if rest < 0 { break }
    }
    return chosen
  }
}
