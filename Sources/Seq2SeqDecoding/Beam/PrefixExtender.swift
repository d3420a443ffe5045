/// Extends a prefix by a token: a fusion, or ``PlainExtender``.
protocol PrefixExtender {
  /// Calls `body` with the state after each way in which a token extends a prefix, if one can score above the floor;
  /// with `nil` without a fusion.
  func extend(
    _ source: PrefixExpansion.Source, _ prefix: UnsafeMutablePointer<Prefix>,
    by token: FrameTokens.Token, above floor: Double, _ body: (FusedState?) -> Void)
}

extension FusionSession: PrefixExtender {
  @inline(__always)
  func extend(
    _ source: PrefixExpansion.Source, _ prefix: UnsafeMutablePointer<Prefix>,
    by token: FrameTokens.Token, above floor: Double, _ body: (FusedState?) -> Void
  ) {
    let most = source.bounds.most(tokenBounds[Int(token.number)])
    guard source.total + most + token.logProbability > floor else { return }
    let step = FusionStep(
      prefix: prefix, token: token.number, continuations: source.bounds.continuations)
    extend(step) { body($0) }
  }
}

/// No fusion: every token extends every prefix, in one way.
struct PlainExtender: PrefixExtender {
  @inline(__always)
  func extend(
    _ source: PrefixExpansion.Source, _ prefix: UnsafeMutablePointer<Prefix>,
    by token: FrameTokens.Token, above floor: Double, _ body: (FusedState?) -> Void
  ) {
    body(nil)
  }
}
