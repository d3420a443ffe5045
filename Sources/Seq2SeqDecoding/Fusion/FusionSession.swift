/// The use of a ``Fusion`` in one decoding: all its components as one.
final class FusionSession {
  let fusion: Fusion
  /// What bounds depend on in each token, `[vocabulary]`.
  let tokenBounds: UnsafeBufferPointer<TokenBounds>
  // Views of the fusion's memory: inner loops read it without counting references.
  private let components: FusionComponents

  init(_ fusion: Fusion) {
    self.fusion = fusion
    tokenBounds = fusion.tokenBounds.view
    let model = LanguageModelComponent(fusion)
    components = FusionPair(
      PhraseComponent(fusion), FusionPair(model, LexiconComponent(fusion, model)))
  }

  /// The empty prefix.
  func root() -> Prefix {
    var root = Prefix(parent: -1, token: -1)
    components.start(&root.fused)
    return root
  }

  /// The bounds of a prefix's extra score after one more token.
  @inline(__always)
  func bounds(_ state: FusedState) -> FusionBounds {
    var bounds = FusionBounds(state.language + state.bias)
    components.bound(state, &bounds)
    return bounds
  }

  /// Calls `body` with the state after each way in which a token extends a prefix.
  @inline(__always)
  func extend(_ step: FusionStep, _ body: (FusedState) -> Void) {
    var state = step.prefix.pointee.fused
    state.word = FusedState.noWord
    state.lookAhead = 0
    components.extend(state, step, body)
  }

  /// The best state at the end of the text after a prefix, and whether it ends between words.
  func finish(
    _ prefix: UnsafeMutablePointer<Prefix>
  ) -> (state: FusedState, isComplete: Bool) {
    var state = prefix.pointee.fused
    state.word = FusedState.noWord
    var best: FusedState?
    components.finish(state, prefix) { end in
      if best.map({ end.language > $0.language }) ?? true { best = end }
    }
    let end = best ?? state
    return (end, end.lexicalState == 0)
  }

  /// Keeps what a state refers to beyond the frame.
  func keep(_ state: inout FusedState) { components.keep(&state) }

  /// Drops what the states of the frame refer to and was not kept.
  func endFrame() { components.endFrame() }

  /// Drops what no prefix of a tree that was made smaller refers to any more.
  func compact(_ tree: borrowing PrefixTree) { components.compact(tree) }
}
