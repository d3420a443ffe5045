import CLibrary

/// The entropy of the distribution over paths, in nats, together with the total weight of the
/// paths.
///
/// The entropy of two disjoint sets is the entropy of the choice between them, `-Σ w log w`, plus
/// the weighted mean of their entropies. All terms are positive, so nothing cancels.
struct PathEntropy: Semiring {
  let weight: ExtendedRange
  let entropy: Double

  static let zero = Self(weight: .zero, entropy: 0)
  static let one = Self(weight: .one, entropy: 0)

  static func + (left: Self, right: Self) -> Self {
    if right.weight.isZero { return left }
    if left.weight.isZero { return right }
    let weight = left.weight + right.weight
    let leftShare = left.weight.fraction(of: weight)
    let rightShare = right.weight.fraction(of: weight)
    return Self(
      weight: weight,
      entropy: leftShare * left.entropy + rightShare * right.entropy
        + surprise(leftShare, other: rightShare) + surprise(rightShare, other: leftShare))
  }

  static func * (left: Self, right: Self) -> Self {
    Self(weight: left.weight * right.weight, entropy: left.entropy + right.entropy)
  }

  /// `-share · log(share)`, where `share` is the fraction of the total weight. For a fraction near
  /// one, the logarithm is computed from its complement, which has more digits.
  private static func surprise(_ share: Double, other: Double) -> Double {
    if share == 0 { return 0 }
    return share > 0.5 ? -share * log1p(-other) : -share * log(share)
  }
}
