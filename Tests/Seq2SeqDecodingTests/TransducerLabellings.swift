import Foundation
import Seq2SeqLosses
import Seq2SeqDecoding

/// All paths of a small utterance, from the definition of each topology. Shares no code with the decoders.
struct TransducerLabellings {
  struct Emission: Equatable {
    var label, start, end: Int
    var logProbability: Double
  }

  /// The log-probability of each labelling that some path leads to.
  private(set) var scores: [[Int]: Double] = [:]
  /// The best path to each.
  private(set) var best: [[Int]: (score: Double, emissions: [Emission])] = [:]

  init(
    _ model: HistoryTransducer, frames: Int, vocabulary: Int, blank: Int,
    _ topology: TransducerTopology, maximumLabels: Int
  ) {
    var sums: [[Int]: Double] = [:]
    var paths: [[Int]: (score: Double, emissions: [Emission])] = [:]
    func logSoftmax(_ logits: ArraySlice<Double>) -> [Double] {
      let sum = logits.reduce(0) { $0 + exp($1) }
      return logits.map { log(exp($0) / sum) }
    }
    func walk(
      _ frame: Int, _ here: Int, _ labels: [Int], _ score: Double, _ endsWell: Bool,
      _ emissions: [Emission]
    ) {
      guard frame < frames else {
        guard frame == frames, endsWell else { return }
        sums[labels, default: 0] += exp(score)
        if score > paths[labels]?.score ?? -.infinity { paths[labels] = (score, emissions) }
        return
      }
      let logits = model.row(frame, labels)
      let tokens = logSoftmax(logits[..<vocabulary])
      var durations: [(Int, Double)] = []
      if case .tokenAndDuration(let table) = topology {
        durations = Array(zip(table, logSoftmax(logits[vocabulary...])))
      }
      for token in 0..<vocabulary where tokens[token] > -.infinity {
        var moves: [(frames: Int, score: Double)]
        var isBlank = token == blank
        switch topology {
        case .standard: moves = [(isBlank ? 1 : 0, tokens[token])]
        case .monotonic: moves = [(1, tokens[token])]
        case .multiBlank(let big):
          isBlank = isBlank || big[token] != nil
          moves = [(big[token] ?? (isBlank ? 1 : 0), tokens[token])]
        case .tokenAndDuration:
          moves = durations.map { ($0.0, $0.1 + tokens[token]) }
          if isBlank { moves.removeAll { $0.frames == 0 } }
        }
        for move in moves {
          if isBlank {
            walk(frame + move.frames, 0, labels, score + move.score, true, emissions)
          } else if here < maximumLabels {
            let emission = Emission(
              label: token, start: frame, end: frame + max(1, move.frames),
              logProbability: move.score)
            walk(
              frame + move.frames, move.frames == 0 ? here + 1 : 0, labels + [token],
              score + move.score, topology == .monotonic, emissions + [emission])
          }
        }
      }
    }
    walk(0, 0, [], 0, true, [])
    scores = sums.filter { $0.value > 0 }.mapValues { log($0) }
    best = paths
  }
}
