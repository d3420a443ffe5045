extension TransducerTopology {
  /// Throws unless durations and big blanks are possible, big blanks are tokens below `tokens` other than the blank, and
  /// no move takes more than `mostFrames` frames. `name` gives the name of a token for errors.
  package func check(
    tokens: Int, blank: Int, mostFrames: Int, name: (Int) -> String = { "\($0)" }
  ) throws(InputError) {
    if case .tokenAndDuration(let durations) = self {
      var known: Set<Int> = []
      for (position, duration) in durations.enumerated() {
        guard (0...mostFrames).contains(duration) else {
          throw InputError(
            "durations", position: position, "\(duration) is outside 0...\(mostFrames)")
        }
        guard known.insert(duration).inserted else {
          throw InputError("durations", position: position, "\(duration) is there twice")
        }
      }
      guard durations.contains(where: { $0 > 0 }) else {
        throw InputError("durations", "\(durations) never leave a frame")
      }
    }
    for big in bigBlanks {
      guard (0..<tokens).contains(big.token) else {
        throw InputError("bigBlanks", "\(big.token) is outside 0..<\(tokens)")
      }
      guard big.token != blank else {
        throw InputError("bigBlanks", "\(name(big.token)) is the blank")
      }
      guard (1...mostFrames).contains(big.frames) else {
        throw InputError(
          "bigBlanks",
          "\(big.frames) frames of token \(name(big.token)) are outside 1...\(mostFrames)")
      }
    }
  }
}
