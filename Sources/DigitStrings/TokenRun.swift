/// Consecutive frames in which a path emits the same token.
struct TokenRun: Equatable {
  let token: Int
  let frames: Range<Int>

  /// The runs of `path`, which has one token per frame, in order. O(path).
  static func runs(of path: [Int]) -> [Self] {
    var runs: [Self] = []
    for (frame, token) in path.enumerated() {
      let start = runs.last?.token == token ? runs.removeLast().frames.lowerBound : frame
      runs.append(Self(token: token, frames: start..<frame + 1))
    }
    return runs
  }
}
