import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// The matrices that TensorFlow's and warp-ctc's tests share, in TensorFlow's `ctc_loss_op_test.py`
/// credited to Alex Graves' implementation: probabilities `[5, 6]`, the blank last.
@Suite struct LiteratureTests {
  static let first: [Double] = [
    0.633766, 0.221185, 0.0917319, 0.0129757, 0.0142857, 0.0260553,
    0.111121, 0.588392, 0.278779, 0.0055756, 0.00569609, 0.010436,
    0.0357786, 0.633813, 0.321418, 0.00249248, 0.00272882, 0.0037688,
    0.0663296, 0.643849, 0.280111, 0.00283995, 0.0035545, 0.00331533,
    0.458235, 0.396634, 0.123377, 0.00648837, 0.00903441, 0.00623107,
  ]
  static let second: [Double] = [
    0.30176, 0.28562, 0.0831517, 0.0862751, 0.0816851, 0.161508,
    0.24082, 0.397533, 0.0557226, 0.0546814, 0.0557528, 0.19549,
    0.230246, 0.450868, 0.0389607, 0.038309, 0.0391602, 0.202456,
    0.280884, 0.429522, 0.0326593, 0.0339046, 0.0326856, 0.190345,
    0.423286, 0.315517, 0.0338439, 0.0393744, 0.0339315, 0.154046,
  ]

  @Test func gravesMatrices() throws {
    let logits = (Self.first + Self.second).map { log($0) }
    let layout = try LogitsLayout(batch: 2, time: 5, vocabulary: 6)
    let labels: LabelBatch = [[0, 1, 2, 1, 0], [0, 1, 1, 0]]
    let (losses, gradient) = try CTCLoss(blank: 5)
      .lossesAndGradient(logits, layout: layout, labels: labels)
    // Published to six digits.
    #expect(abs(losses[0] - 3.34211) < 5e-6)
    #expect(abs(losses[1] - 5.42262) < 5e-6)
    // The published gradient is the probability, less one at the only path's tokens.
    let onlyPaths = [[0, 1, 2, 1, 0], [0, 1, 5, 1, 0]]
    for (index, entry) in gradient.enumerated() {
      let emitted = onlyPaths[index / 30][index % 30 / 6] == index % 6
      #expect(abs(entry - ((Self.first + Self.second)[index] - (emitted ? 1 : 0))) < 2e-6)
    }
    for (sample, matrix) in [Self.first, Self.second].enumerated() {
      let truth = CTCOracle(
        logSoftmax(matrix.map { log($0) }, vocabulary: 6), vocabulary: 6,
        labels: Array(labels[sample]), blank: 5, rule: .classic)
      #expect(abs(losses[sample] - Double(truth.loss)) < 1e-14)
    }
  }
}
