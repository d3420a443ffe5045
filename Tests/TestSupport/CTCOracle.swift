import Foundation

/// The textbook recursions in the log domain and in the widest type, one for each topology. They
/// are independent of the engine: plain arrays, no bands, no semirings.
package struct CTCOracle {
  /// The loss in nats.
  package let loss: WideFloat
  /// The probability that each frame emits each token, `[time, vocabulary]`; zeros if there is no
  /// path.
  package let occupancies: [WideFloat]

  /// - Parameters:
  ///   - logProbabilities: `[time, vocabulary]`.
  ///   - rule: How paths collapse.
  package init(
    _ logProbabilities: [WideFloat], vocabulary: Int, labels: [Int], blank: Int,
    rule: CollapseRule
  ) {
    let time = logProbabilities.count / vocabulary
    // The arcs into each state, as (source, token), and the states where paths may end.
    var arcs: [[(source: Int, token: Int)]] = [rule == .noBlank ? [] : [(0, blank)]]
    var ends = [0]
    for (index, label) in labels.enumerated() {
      switch rule {
      case .classic:
        let state = 2 * index + 1
        var into = [(source: state - 1, token: label), (state, label)]
        if index > 0 && labels[index - 1] != label { into.append((state - 2, label)) }
        arcs.append(into)
        arcs.append([(state, blank), (state + 1, blank)])
        ends = [state, state + 1]
      case .simplified:
        arcs.append([(index, label), (index + 1, blank)])
        ends = [index + 1]
      case .noBlank:
        let mayFollow = index == 0 || labels[index - 1] != label
        arcs.append((mayFollow ? [(index, label)] : []) + [(index + 1, label)])
        ends = [index + 1]
      }
    }
    var alpha = [[WideFloat](repeating: -.infinity, count: arcs.count)]
    alpha[0][0] = 0
    for frame in 0..<time {
      alpha.append(
        arcs.map { into in
          logSumExp(
            into.map { alpha[frame][$0.source] + logProbabilities[frame * vocabulary + $0.token] })
        })
    }
    let loss = -logSumExp(ends.map { alpha[time][$0] })
    var occupancies = [WideFloat](repeating: 0, count: logProbabilities.count)
    var beta = [WideFloat](repeating: -.infinity, count: arcs.count)
    for end in ends { beta[end] = 0 }
    for frame in (0..<time).reversed() where loss < .infinity {
      var terms = [[WideFloat]](repeating: [], count: arcs.count)
      for (state, into) in arcs.enumerated() {
        for arc in into {
          let index = frame * vocabulary + arc.token
          let suffix = logProbabilities[index] + beta[state]
          terms[arc.source].append(suffix)
          occupancies[index] += exp(alpha[frame][arc.source] + suffix + loss)
        }
      }
      beta = terms.map(logSumExp)
    }
    self.loss = loss
    self.occupancies = occupancies
  }

  /// Only the loss, in two rows of memory.
  package static func loss(
    _ logProbabilities: [WideFloat], vocabulary: Int, labels: [Int], blank: Int
  ) -> WideFloat {
    let tokens = [blank] + labels.flatMap { [$0, blank] }
    var alpha = [WideFloat](repeating: -.infinity, count: tokens.count)
    alpha[0] = 0
    for start in stride(from: 0, to: logProbabilities.count, by: vocabulary) {
      // Downwards, so that the states below still have the values of the previous frame.
      for state in tokens.indices.reversed() {
        var terms = [alpha[state]]
        if state > 0 { terms.append(alpha[state - 1]) }
        if state > 1 && tokens[state] != blank && tokens[state] != tokens[state - 2] {
          terms.append(alpha[state - 2])
        }
        alpha[state] = logSumExp(terms) + logProbabilities[start + tokens[state]]
      }
    }
    return -logSumExp(alpha.suffix(2))
  }
}
