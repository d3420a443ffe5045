/// A small seeded generator, the same on every platform (Steele, Lea and Flood, OOPSLA 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The stream of `seed`.
  package init(seed: UInt64) { state = seed }

  /// The stream of `sample` under `seed`: samples do not share a stream, so that the draws of one
  /// depend on its place in the batch, not on the other samples.
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

  /// Uniform in [0, 1), on a grid of 2^-53.
  mutating func nextUniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}

extension SplitMix64 {
  /// The index of one of some weights, drawn with its share of their sum; never one of zero if another is not.
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
