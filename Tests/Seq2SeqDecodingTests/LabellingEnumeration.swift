import Foundation
import Seq2SeqLosses

/// The probability of every labelling of a small sample, by writing out all paths: the definition.
///
/// Shares no code with the search. O(vocabulary^frames).
struct LabellingEnumeration {
  /// The log-probability of each labelling that some path leads to.
  let scores: [[Int]: Double]

  init(_ logProbabilities: [Double], vocabulary: Int, blank: Int, topology: CTCTopology) {
    let frames = vocabulary == 0 ? 0 : logProbabilities.count / vocabulary
    var sums: [[Int]: Double] = [:]
    func walk(_ frame: Int, _ labels: [Int], _ last: Int, _ score: Double) {
      guard frame < frames else {
        sums[labels, default: 0] += exp(score)
        return
      }
      for token in 0..<vocabulary {
        let isSilent =
          topology != .noBlank && token == blank || topology != .simplified && token == last
        walk(
          frame + 1, isSilent ? labels : labels + [token], token,
          score + logProbabilities[frame * vocabulary + token])
      }
    }
    walk(0, [], -1, 0)
    scores = sums.filter { $0.value > 0 }.mapValues { log($0) }
  }
}
