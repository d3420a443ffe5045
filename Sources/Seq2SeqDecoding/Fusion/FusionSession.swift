/// A ``Fusion`` in one decoding, with all its components as one.
final class FusionSession {
  let fusion: Fusion
  /// The properties of each token that bounds depend on, `[vocabulary]`.
  let tokenBounds: UnsafeBufferPointer<TokenBounds>
  // Views of the fusion's memory: inner loops read it without reference counting.
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

  /// Keeps the memory of a state beyond the frame.
  func keep(_ state: inout FusedState) { components.keep(&state) }

  /// Drops the memory of the frame's states that was not kept.
  func endFrame() { components.endFrame() }

  /// Drops memory that no prefix of the compacted tree uses.
  func compact(_ tree: borrowing PrefixTree) { components.compact(tree) }
}
