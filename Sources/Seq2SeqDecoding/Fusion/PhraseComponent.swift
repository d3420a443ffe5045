/// The boosted phrases of a fusion.
final class PhraseComponent: FusionComponent {
  /// `nil` without phrases.
  private let automaton: PhraseAutomaton.View?
  private let first: Int32
  private let symbols: SymbolTable.View
  private let tokens: UnsafeBufferPointer<TokenBounds>
  /// The largest score that the symbols of a token after its first can add.
  private let furtherGain: Double

  init(_ fusion: Fusion) {
    automaton = fusion.phrases?.view
    first = fusion.phrases?.start ?? 0
    symbols = fusion.vocabulary.symbols.view
    tokens = fusion.tokenBounds.view
    furtherGain =
      Double(max(1, fusion.vocabulary.symbols.longest) - 1) * (fusion.phrases?.largestGain ?? 0)
  }

  func start(_ state: inout FusedState) {
    state.phraseState = first
    if let automaton { state.lent = automaton.states[Int(first)].potential }
  }

  @inline(__always)
  func bound(_ state: FusedState, _ bounds: inout FusionBounds) {
    guard let automaton else { return }
    let node = automaton.states[Int(state.phraseState)]
    bounds.phrases = node.potential + node.gain + furtherGain
    bounds.continuations = node.continuations
    bounds.within += bounds.phrases
    bounds.across += bounds.phrases
    bounds.unknown += bounds.phrases
  }

  @inline(__always)
  func extend(_ state: FusedState, _ step: FusionStep, _ next: (FusedState) -> Void) {
    var state = state
    if let automaton {
      let fresh = tokens[Int(step.token)].phrases
      if step.continuations & fresh.bit == 0 {
        state.phraseState = fresh.state
        state.bias += fresh.earned
        state.lent = fresh.potential
      } else {
        let (node, earned) = automaton.step(state.phraseState, symbols[Int(step.token)])
        state.phraseState = node
        state.bias += earned
        state.lent = automaton.states[Int(node)].potential
      }
    }
    next(state)
  }

  func finish(
    _ state: FusedState, _ prefix: UnsafeMutablePointer<Prefix>, _ next: (FusedState) -> Void
  ) {
    var state = state
    if let automaton { state.bias += automaton.finish(state.phraseState) }
    state.lent = 0
    next(state)
  }
}
