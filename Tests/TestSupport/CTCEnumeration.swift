import Foundation

/// All paths of a small sample, one by one: the definition of the loss.
///
/// It shares no code and no algorithm with the engine. O(vocabulary^time).
package struct CTCEnumeration {
  /// A path that collapses to the labels.
  package struct Path {
    package let tokens: [Int]
    package let logProbability: WideFloat
  }

  /// All paths with a positive probability that collapse to the labels.
  package let paths: [Path]
  private let time: Int
  private let vocabulary: Int

  /// - Parameters:
  ///   - logProbabilities: `[time, vocabulary]`.
  ///   - rule: How paths collapse.
  package init(
    _ logProbabilities: [WideFloat], vocabulary: Int, labels: [Int], blank: Int,
    rule: CollapseRule
  ) {
    let time = logProbabilities.count / vocabulary
    var paths: [Path] = []
    var tokens = [Int](repeating: 0, count: time)
    repeat {
      let kept = tokens.indices.filter { frame in
        !(rule != .noBlank && tokens[frame] == blank)
          && !(rule != .simplified && frame > 0 && tokens[frame - 1] == tokens[frame])
      }
      if kept.map({ tokens[$0] }) == labels {
        let score = tokens.indices.reduce(0 as WideFloat) {
          $0 + logProbabilities[$1 * vocabulary + tokens[$1]]
        }
        if score > -.infinity { paths.append(Path(tokens: tokens, logProbability: score)) }
      }
    } while Self.increment(&tokens, base: vocabulary)
    self.paths = paths
    self.time = time
    self.vocabulary = vocabulary
  }

  private static func increment(_ digits: inout [Int], base: Int) -> Bool {
    for position in digits.indices {
      digits[position] += 1
      if digits[position] < base { return true }
      digits[position] = 0
    }
    return false
  }

  /// `-log` of the sum of the probabilities; `+inf` if there is no path.
  package var loss: WideFloat { -logSumExp(paths.map(\.logProbability)) }

  /// The posterior probability of each path.
  package var posteriors: [WideFloat] { paths.map { exp($0.logProbability + loss) } }

  /// The probability that each frame emits each token, `[time, vocabulary]`.
  package var occupancies: [WideFloat] {
    var occupancies = [WideFloat](repeating: 0, count: time * vocabulary)
    for (path, posterior) in zip(paths, posteriors) {
      for (frame, token) in path.tokens.enumerated() {
        occupancies[frame * vocabulary + token] += posterior
      }
    }
    return occupancies
  }

  /// The covariance of "frame t emits k" and "frame u emits l", `[time · vocabulary]²`.
  package var covariances: [WideFloat] {
    let width = time * vocabulary
    let means = occupancies
    var joint = (0..<width * width).map { -means[$0 / width] * means[$0 % width] }
    for (path, posterior) in zip(paths, posteriors) {
      let events = path.tokens.enumerated().map { $0 * vocabulary + $1 }
      for first in events { for second in events { joint[first * width + second] += posterior } }
    }
    return joint
  }

  /// The entropy of the paths' posterior, in nats.
  package var entropy: WideFloat {
    posteriors.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
  }

  /// The paths with the highest score, within a rounding error.
  package var best: [Path] {
    let top = paths.map(\.logProbability).max() ?? 0
    return paths.filter { $0.logProbability > top - 1e-12 }
  }
}
