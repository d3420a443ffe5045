/// One part of a fusion: phrases, a language model or a lexicon.
///
/// A component's state for a prefix is in ``FusedState``. To add a component, write a file with a type that conforms
/// and name it in ``FusionComponents``; if it remembers something or has a score of its own, add a field to
/// ``FusedState``. Calls are resolved at compile time.
///
/// Components are final classes: inner loops would copy structs of that size.
protocol FusionComponent {
  /// Sets the state of the empty prefix.
  func start(_ state: inout FusedState)

  /// Raises bounds by the most that one token can add after a state, or lowers them by what it rules out.
  func bound(_ state: FusedState, _ bounds: inout FusionBounds)

  /// Calls `next` with the state after a token: once for each way to take the token in, never if it is impossible.
  ///
  /// - Parameters:
  ///   - state: The state before the token, as the components before this one have changed it.
  ///   - step: The prefix and the token.
  func extend(_ state: FusedState, _ step: FusionStep, _ next: (FusedState) -> Void)

  /// Calls `next` with the state at the end of the text after a prefix: once for each way in which it may end.
  ///
  /// Components finish in the opposite order, so that the language model knows the last word.
  func finish(
    _ state: FusedState, _ prefix: UnsafeMutablePointer<Prefix>, _ next: (FusedState) -> Void)

  /// Keeps what a state refers to beyond the frame.
  func keep(_ state: inout FusedState)

  /// Drops what the states of the frame refer to and ``keep(_:)`` has not kept.
  func endFrame()

  /// Drops what no prefix of a tree refers to any more.
  func compact(_ tree: borrowing PrefixTree)
}

extension FusionComponent {
  @inline(__always) func start(_ state: inout FusedState) {}
  @inline(__always) func keep(_ state: inout FusedState) {}
  @inline(__always) func endFrame() {}
  @inline(__always) func compact(_ tree: borrowing PrefixTree) {}
}

/// A prefix and the token that extends it.
struct FusionStep: BitwiseCopyable {
  var prefix: UnsafeMutablePointer<Prefix>
  var token: Int32
  /// The first symbols of tokens that may continue a phrase, in a ``SymbolSet``.
  var continuations: UInt64
}
