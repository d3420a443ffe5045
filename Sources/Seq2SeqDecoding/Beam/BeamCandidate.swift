/// A candidate for the next beam: a prefix with one more token, or a prefix of the current beam.
struct BeamCandidate: BitwiseCopyable {
  var score: Double
  var acoustic: Double
  /// The index of the parent in the beam, or of the prefix itself if there is no token.
  var slot: Int32
  /// For a prefix of the beam, the token is -1 and the parent is the prefix itself.
  var extended: PrefixExtension

  /// Whether it precedes another candidate: by its score; if scores tie, prefixes of the beam come
  /// before new ones.
  static func precedes(_ left: BeamCandidate, _ right: BeamCandidate) -> Bool {
    if left.score != right.score { return left.score > right.score }
    if (left.extended.token < 0) != (right.extended.token < 0) { return left.extended.token < 0 }
    return PrefixExtension.precedes(left.extended, right.extended)
  }
}
