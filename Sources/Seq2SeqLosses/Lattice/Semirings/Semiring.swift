/// The quantity that a lattice recursion sums over paths: `+` unites sets of paths, `*`
/// concatenates them.
///
/// The recursion over a lattice is written once. A new quantity is a new conforming type.
package protocol Semiring: Sendable, BitwiseCopyable {
  /// The value of the empty set of paths: neutral for `+`, absorbing for `*`.
  static var zero: Self { get }
  /// The value of the empty path: neutral for `*`.
  static var one: Self { get }
  /// The value of the union of two disjoint sets of paths.
  static func + (left: Self, right: Self) -> Self
  /// The value of the paths of one set, each followed by a path of the other.
  static func * (left: Self, right: Self) -> Self
}
