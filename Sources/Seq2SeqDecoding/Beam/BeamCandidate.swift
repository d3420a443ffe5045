/// A prefix with one more token, or a prefix of the beam itself, which may come into the next beam.
struct BeamCandidate: BitwiseCopyable {
  var score: Double
  var acoustic: Double
  /// The place of the parent in the beam; of the prefix itself where there is no token.
  var slot: Int32
  /// The token is -1 for a prefix of the beam, which is then its own parent.
  var extended: PrefixExtension

  /// Whether it comes before another: by its score; where scores tie, prefixes of the beam come before new ones.
  static func precedes(_ left: BeamCandidate, _ right: BeamCandidate) -> Bool {
    if left.score != right.score { return left.score > right.score }
    if (left.extended.token < 0) != (right.extended.token < 0) { return left.extended.token < 0 }
    return PrefixExtension.precedes(left.extended, right.extended)
  }
}
