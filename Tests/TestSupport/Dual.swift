/// A dual number `value + tangent · ε` with ε² = 0. Arithmetic on it computes a directional
/// derivative, exact except for rounding. `Dual<Dual<WideFloat>>` computes second derivatives.
package struct Dual<Base: DifferentiableScalar>: DifferentiableScalar {
  /// The number.
  package var value: Base
  /// Its derivative along the direction that the inputs define.
  package var tangent: Base

  /// The number `value` whose derivative is `tangent`.
  package init(_ value: Base, tangent: Base) {
    self.value = value
    self.tangent = tangent
  }

  /// A constant: all its derivatives are zero.
  package init(constant: WideFloat) {
    self.init(Base(constant: constant), tangent: .zero)
  }

  /// The number without its derivatives.
  package var primal: WideFloat { value.primal }

  /// The constant 0.
  package static var zero: Dual { Dual(.zero, tangent: .zero) }

  /// The sum.
  package static func + (left: Dual, right: Dual) -> Dual {
    Dual(left.value + right.value, tangent: left.tangent + right.tangent)
  }

  /// The difference.
  package static func - (left: Dual, right: Dual) -> Dual {
    Dual(left.value - right.value, tangent: left.tangent - right.tangent)
  }

  /// The product, by the product rule.
  package static func * (left: Dual, right: Dual) -> Dual {
    Dual(
      left.value * right.value, tangent: left.tangent * right.value + left.value * right.tangent)
  }

  /// The quotient, by the quotient rule.
  package static func / (left: Dual, right: Dual) -> Dual {
    let quotient = left.value / right.value
    return Dual(quotient, tangent: (left.tangent - quotient * right.tangent) / right.value)
  }

  /// e to the power of this number.
  package func exponential() -> Dual {
    let power = value.exponential()
    return Dual(power, tangent: power * tangent)
  }

  /// The natural logarithm of this number.
  package func logarithm() -> Dual {
    Dual(value.logarithm(), tangent: tangent / value)
  }
}
