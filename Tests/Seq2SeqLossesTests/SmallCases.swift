import Seq2SeqLosses
import TestSupport
import Testing

/// A sample small enough to enumerate all its paths.
struct SmallCase: Sendable, CustomTestStringConvertible {
  let time: Int
  let vocabulary: Int
  let labels: [Int]
  let blank: Int
  let topology: CTCTopology

  var testDescription: String { "T=\(time) V=\(vocabulary) \(labels) blank \(blank) \(topology)" }
  var ctc: CTCLoss { CTCLoss(blank: blank, topology: topology) }
  var count: Int { time * vocabulary }
  var layout: LogitsLayout {
    get throws { try LogitsLayout(batch: 1, time: time, vocabulary: vocabulary) }
  }

  func logits(scale: Double = 2) -> [Double] {
    var generator = SeededGenerator(seed: time * 64 + vocabulary * 8 + labels.count)
    return generator.normals(count, scale: scale)
  }

  func enumeration(_ logProbabilities: [WideFloat]) -> CTCEnumeration {
    CTCEnumeration(
      logProbabilities, vocabulary: vocabulary, labels: labels, blank: blank,
      rule: topology.rule)
  }

  /// Every label sequence of up to three labels from two, at 0 to 5 frames: repeats, empty labels,
  /// just feasible and infeasible ones; and the blank first, in the middle and last.
  static let all: [SmallCase] = CTCTopology.allCases.flatMap { topology in
    (0...5).flatMap { time in
      (0...2).flatMap { blank in
        let tokens = (0...2).filter { $0 != blank }
        let sequences = (0...3).flatMap { length in
          (0..<(1 << length)).map { code in (0..<length).map { tokens[(code >> $0) & 1] } }
        }
        return sequences.map {
          SmallCase(time: time, vocabulary: 3, labels: $0, blank: blank, topology: topology)
        }
      }
    }
  }
}
