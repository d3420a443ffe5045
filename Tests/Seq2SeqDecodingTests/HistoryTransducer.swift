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
