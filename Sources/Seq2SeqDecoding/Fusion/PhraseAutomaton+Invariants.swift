extension PhraseAutomaton {
  /// Ends a debug build if an invariant of the automaton does not hold. O(states).
  func checkInvariants(depths: [Int32]) {
    #if DEBUG
      let states = view.states
      precondition(states.indices.contains(Int(start)))
      precondition(states[0].suffix == 0 && states[0].potential == 0)
      for (node, state) in states.enumerated() {
        precondition(states.indices.contains(Int(state.suffix)))
        precondition(
          node == 0 || depths[Int(state.suffix)] < depths[node], "a suffix is not shorter")
        precondition(
          state.potential >= states[Int(state.suffix)].potential,
          "a potential below that of a suffix")
        precondition(state.gain <= largestGain, "a gain above the largest")
      }
    #endif
  }
}
