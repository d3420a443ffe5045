/// The language model of a fusion. It scores tokens, or the words that the lexicon completes.
final class LanguageModelComponent: FusionComponent {
  /// `nil` without a model.
  private let session: LanguageModelSession?
  private let scoresTokens: Bool
  /// Whether the elements of the model are words.
  let scoresWords: Bool
  private let elements: UnsafeBufferPointer<Int32>
  private let weight, insertionBonus, unknownPenalty: Double
  private let unknownElement: Int32
  private let largestGain: Double

  init(_ fusion: Fusion) {
    let model = fusion.model
    session = model?.makeSession()
    scoresTokens = model?.unit == .token
    scoresWords = model?.unit == .word
    elements = fusion.elements.view
    weight = model?.weight ?? 0
    insertionBonus = model?.insertionBonus ?? 0
    unknownPenalty = model?.unknownPenalty ?? 0
    unknownElement = model?.unknownElement.map(Int32.init) ?? -1
    largestGain = model.map { max(0, $0.insertionBonus + max(0, $0.unknownPenalty)) } ?? 0
  }

  func start(_ state: inout FusedState) { state.languageState = session?.start() ?? 0 }

  @inline(__always)
  func bound(_ state: FusedState, _ bounds: inout FusionBounds) {
    bounds.across += largestGain
    guard scoresTokens else { return }
    bounds.within += largestGain
    bounds.unknown += largestGain
  }

  @inline(__always)
  func extend(_ state: FusedState, _ step: FusionStep, _ next: (FusedState) -> Void) {
    var state = state
    if scoresTokens {
      state.language += score(elements[Int(step.token)], after: &state.languageState)
    }
    next(state)
  }

  func finish(
    _ state: FusedState, _ prefix: UnsafeMutablePointer<Prefix>, _ next: (FusedState) -> Void
  ) {
    var state = state
    if let session { state.language += weighted(session.finish(state.languageState), by: weight) }
    next(state)
  }

  /// The weighted score of a word after a state, which is replaced by the next state; 0 for a model
  /// of tokens.
  func score(ofWord word: Int32, after state: inout Int32) -> Double {
    guard scoresWords else { return 0 }
    return score(word >= 0 ? elements[Int(word)] : -1, after: &state)
  }

  /// The weighted score of an element (-1 for an unknown one) after a state, which is replaced by
  /// the next state.
  @inline(__always)
  private func score(_ element: Int32, after state: inout Int32) -> Double {
    var score = insertionBonus + (element < 0 ? unknownPenalty : 0)
    let known = element >= 0 ? element : unknownElement
    if known >= 0, let session {
      let (logProbability, next) = session.score(Int(known), state)
      state = next
      score += weighted(logProbability, by: weight)
    }
    return score
  }

  @inline(__always)
  func keep(_ state: inout FusedState) { state.languageState = kept(state.languageState) }

  /// The permanent number of a state.
  @inline(__always)
  func kept(_ state: Int32) -> Int32 { session?.keep(state) ?? 0 }

  func endFrame() { session?.forgetProvisional() }

  func compact(_ tree: borrowing PrefixTree) {
    guard let session else { return }
    var states: [Int32] = []
    var numbers: [Int32: Int32] = [:]
    for index in 0..<Int32(tree.count) {
      let prefix = tree.pointer(index)
      let state = prefix.pointee.fused.languageState
      let number = numbers[state] ?? Int32(states.count)
      if numbers.updateValue(number, forKey: state) == nil { states.append(state) }
      prefix.pointee.fused.languageState = number
    }
    session.compact(states)
  }
}
