/// The quantity that a lattice recursion sums over paths: `+` joins sets of paths, `*` extends them.
///
/// The recursion over a lattice is written once; a new quantity is a new conforming type.
package protocol Semiring: Sendable, BitwiseCopyable {
  /// The value of no path: neutral for `+`, absorbing for `*`.
  static var zero: Self { get }
  /// The value of the empty path: neutral for `*`.
  static var one: Self { get }
  /// The value of two sets of paths together.
  static func + (left: Self, right: Self) -> Self
  /// The value of one set of paths followed by another.
  static func * (left: Self, right: Self) -> Self
}
