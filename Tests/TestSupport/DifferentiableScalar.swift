import Foundation

/// The arithmetic that the autodiff oracle needs, so that the same recursion works on plain numbers
/// and on ``Dual`` numbers of any order.
package protocol DifferentiableScalar: AdditiveArithmetic, Sendable {
  /// A constant: all its derivatives are zero.
  init(constant: WideFloat)

  /// The number without its derivatives.
  var primal: WideFloat { get }

  /// The product.
  static func * (left: Self, right: Self) -> Self

  /// The quotient; `right` is not zero.
  static func / (left: Self, right: Self) -> Self

  /// e to the power of this number; zero, with derivatives zero, for -inf.
  func exponential() -> Self

  /// The natural logarithm of this number, which is positive.
  func logarithm() -> Self
}

extension WideFloat: DifferentiableScalar {
  /// The number itself.
  package init(constant: WideFloat) {
    self = constant
  }

  /// The number itself.
  package var primal: WideFloat { self }

  /// e to the power of this number.
  package func exponential() -> WideFloat { exp(self) }

  /// The natural logarithm of this number.
  package func logarithm() -> WideFloat { log(self) }
}
