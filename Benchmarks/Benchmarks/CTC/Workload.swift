import Seq2SeqLosses

/// Logits and labels of one size, the same in every run.
struct Workload: Sendable {
  let batch: Int
  let time: Int
  let vocabulary: Int
  let labelCount: Int

  var name: String { "\(batch)x\(time)x\(vocabulary), \(labelCount) labels" }

  var layout: LogitsLayout {
    get throws { try LogitsLayout(batch: batch, time: time, vocabulary: vocabulary) }
  }

  /// Uniform in [-3, 3): Knuth's MMIX generator, upper bits.
  var logits: [Float] {
    var state: UInt64 = 1
    return (0..<batch * time * vocabulary).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return 6 * Float(state >> 40) / Float(1 << 24) - 3
    }
  }

  /// Tokens from 1 on; the blank is 0.
  var labels: LabelBatch {
    LabelBatch(
      (0..<batch).map { sample in
        (0..<labelCount).map { 1 + (sample * 5 + $0 * 7 + $0 / 3) % (vocabulary - 1) }
      })
  }

  /// The sizes of the first measurements of the design.
  static let study = [
    Workload(batch: 32, time: 150, vocabulary: 32, labelCount: 40),
    Workload(batch: 16, time: 500, vocabulary: 64, labelCount: 100),
    Workload(batch: 16, time: 1000, vocabulary: 128, labelCount: 200),
    Workload(batch: 8, time: 500, vocabulary: 5000, labelCount: 60),
    Workload(batch: 32, time: 100, vocabulary: 1024, labelCount: 20),
    Workload(batch: 1, time: 2000, vocabulary: 32, labelCount: 400),
  ]

  /// Sizes for which full Hessians fit in memory.
  static let small = [
    Workload(batch: 1, time: 40, vocabulary: 16, labelCount: 12),
    Workload(batch: 4, time: 30, vocabulary: 10, labelCount: 8),
  ]
}
