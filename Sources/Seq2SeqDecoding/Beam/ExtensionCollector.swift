/// Collects the extensions of a search's prefixes.
protocol ExtensionCollector: ~Copyable {
  /// Extensions with scores up to here are dropped.
  var floor: Double { get }

  /// Whether a token may extend prefixes: a blank may not.
  func mayExtend(by token: Int32) -> Bool

  /// Takes an extension if it may come into a beam, and returns whether it did.
  ///
  /// - Parameters:
  ///   - logProbability: That of the token.
  ///   - state: The fusion's state of the extension; `nil` without a fusion.
  ///   - tree: The prefixes so far.
  mutating func collect(
    _ new: PrefixExtension, _ logProbability: Double, _ state: FusedState?,
    _ tree: borrowing PrefixTree
  ) -> Bool
}

extension ExtensionCollector where Self: ~Copyable {
  /// All chosen tokens may: the one blank is never among them.
  @inline(__always)
  func mayExtend(by token: Int32) -> Bool { true }
}

/// A prefix and one more token.
struct PrefixExtension: BitwiseCopyable {
  var parent: Int32
  var token: Int32
  /// The word that ended before the token.
  var word = FusedState.noWord
  /// The place of what the fusion knows of it, -1 without a fusion.
  var state: Int32 = -1

  /// The order of extensions with one score: the older parent first, then the lower token, then the lower word.
  @inline(__always)
  static func precedes(_ left: PrefixExtension, _ right: PrefixExtension) -> Bool {
    if left.parent != right.parent { return left.parent < right.parent }
    if left.token != right.token { return left.token < right.token }
    return left.word < right.word
  }
}
