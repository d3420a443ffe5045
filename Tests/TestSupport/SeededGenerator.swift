import Foundation

/// A linear congruential generator (Knuth's MMIX constants, upper bits), so that test inputs are
/// the same in every run and on every platform.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: Int) {
    state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    _ = next()
  }

  package mutating func next() -> UInt64 {
    func half(_ state: inout UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 32
    }
    return half(&state) << 32 | half(&state)
  }

  /// A standard normal number (Box and Muller).
  package mutating func normal() -> Double {
    let radius = (-2 * log(Double.random(in: Double.leastNormalMagnitude..<1, using: &self)))
      .squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }

  /// `count` normal numbers times `scale`.
  package mutating func normals(_ count: Int, scale: Double = 1) -> [Double] {
    (0..<count).map { _ in scale * normal() }
  }
}
