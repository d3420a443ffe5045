/// The probability of the best path: the maximum in place of the sum (Viterbi 1967).
struct MaxProduct: Semiring, Equatable {
  let probability: ExtendedRange

  static let zero = Self(probability: .zero)
  static let one = Self(probability: .one)

  @inline(__always)
  static func + (left: Self, right: Self) -> Self {
    left.probability < right.probability ? right : left
  }

  @inline(__always)
  static func * (left: Self, right: Self) -> Self {
    Self(probability: left.probability * right.probability)
  }
}
