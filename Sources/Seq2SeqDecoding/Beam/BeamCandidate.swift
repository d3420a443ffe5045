/// A prefix with a further token, which may come into the beam.
struct BeamCandidate: BitwiseCopyable {
  var score: Double
  var acoustic: Double
  var slot: Int32
  var token: Int32
  /// The index of what the fusion says of it.
  var extended: Int32
  /// The parent's number, for ties.
  var parent: Int32
  var word: Int32

  /// Whether it comes before another: by its score; where scores tie, prefixes of the beam, which have no token
  /// here, come before new ones, then the older parent, the lower token, the lower word.
  static func precedes(_ left: BeamCandidate, _ right: BeamCandidate) -> Bool {
    if left.score != right.score { return left.score > right.score }
    if (left.token < 0) != (right.token < 0) { return left.token < 0 }
    if left.parent != right.parent { return left.parent < right.parent }
    if left.token != right.token { return left.token < right.token }
    return left.word < right.word
  }
}
