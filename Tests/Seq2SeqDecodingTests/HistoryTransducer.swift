import Foundation
import Seq2SeqDecoding
import TestSupport

/// A transducer whose logits come from a hash of the frame and of all labels: no states may be merged or mixed up.
///
/// A class, so that calls can be counted.
final class HistoryTransducer: TransducerModel {
  struct Failure: Error, Equatable { var call: Int }

  let width: Int
  let seed: Int
  /// The columns of which some logits are `-inf`: never that of a blank, nor durations'.
  var impossible = 0..<0
  /// The number of the call of the joiner that throws.
  var failingJoin = -1
  private(set) var joins = 0
  private(set) var advances = 0
  /// The states that a call of the joiner had.
  private(set) var joined: [[[Int]]] = []

  init(width: Int, seed: Int) {
    self.width = width
    self.seed = seed
  }

  func start() -> [Int] { [] }

  func advance(_ states: [[Int]], by labels: [Int]) -> [[Int]] {
    advances += 1
    return zip(states, labels).map { $0 + [$1] }
  }

  func join(_ frames: [Int], _ states: [[Int]]) throws -> [Double] {
    joins += 1
    joined.append(states)
    if joins == failingJoin { throw Failure(call: joins) }
    return zip(frames, states).flatMap { row($0, $1) }
  }

  func row(_ frame: Int, _ labels: [Int]) -> [Double] {
    let history = labels.reduce(7) { ($0 &* 31 &+ $1 &+ 1) & 0xFFFF_FFFF }
    var generator = SeededGenerator(seed: seed &* 1_000_003 &+ frame &* 8191 &+ history)
    var row = generator.normals(width, scale: 1.5)
    for index in impossible where Int.random(in: 0..<5, using: &generator) == 0 {
      row[index] = -.infinity
    }
    return row
  }
}

/// All paths of a small utterance, from the definition of each topology. Shares no code with the decoders.
struct TransducerEnumeration {
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
    _ topology: TransducerDecodingTopology, maximumLabels: Int
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
