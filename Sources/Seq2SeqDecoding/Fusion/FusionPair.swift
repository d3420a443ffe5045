/// All components, in the order in which they take in a token.
typealias FusionComponents =
  FusionPair<PhraseComponent, FusionPair<LanguageModelComponent, LexiconComponent>>

/// Two components as one.
struct FusionPair<First: FusionComponent, Second: FusionComponent>: FusionComponent {
  let first: First
  let second: Second

  init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  @inline(__always)
  func start(_ state: inout FusedState) {
    first.start(&state)
    second.start(&state)
  }

  @inline(__always)
  func bound(_ state: FusedState, _ bounds: inout FusionBounds) {
    first.bound(state, &bounds)
    second.bound(state, &bounds)
  }

  @inline(__always)
  func extend(_ state: FusedState, _ step: FusionStep, _ next: (FusedState) -> Void) {
    first.extend(state, step) { second.extend($0, step, next) }
  }

  @inline(__always)
  func finish(
    _ state: FusedState, _ prefix: UnsafeMutablePointer<Prefix>, _ next: (FusedState) -> Void
  ) {
    second.finish(state, prefix) { first.finish($0, prefix, next) }
  }

  @inline(__always)
  func keep(_ state: inout FusedState) {
    first.keep(&state)
    second.keep(&state)
  }

  @inline(__always)
  func endFrame() {
    first.endFrame()
    second.endFrame()
  }

  func compact(_ tree: borrowing PrefixTree) {
    first.compact(tree)
    second.compact(tree)
  }
}
