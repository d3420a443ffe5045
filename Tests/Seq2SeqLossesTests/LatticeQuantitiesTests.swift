import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// The lattice quantities against each other and against the methods that give them singly.
@Suite struct LatticeQuantitiesTests {
  @Test(arguments: EdgeTests.all) func areConsistent(_ ctc: CTCLoss) throws {
    var generator = SeededGenerator(seed: 8)
    let values = generator.normals(2 * 6 * 4).map { $0 - 2 }
    let layout = try LogitsLayout(batch: 2, time: 6, vocabulary: 4, lengths: [6, 4])
    let labels: LabelBatch = ctc.topology.hasBlank ? [[1, 2, 2], [3]] : [[1, 2, 1], [3]]
    let all = try ctc.latticeQuantities(values, layout: layout, labels: labels, hessian: true)
    let (losses, gradient) = try ctc.lossesAndGradient(values, layout: layout, labels: labels)
    let occupancies = try ctc.occupancies(values, layout: layout, labels: labels)
    let hessian = try ctc.hessians(values, layout: layout, labels: labels)
    for (sample, data) in all.enumerated() {
      let valid = data.frames * 4
      #expect(data.frames == layout.lengths[sample] && data.vocabulary == 4)
      #expect(data.loss == losses[sample])
      #expect(data.gradient == Array(gradient[sample * 24..<sample * 24 + valid]))
      for row in 0..<valid {
        let start = (sample * 24 + row) * 24
        #expect(
          Array(data.hessian[row * valid..<(row + 1) * valid])
            == Array(hessian[start..<start + valid]))
      }
      #expect(data.logAlpha(0, 0) == 0 && data.logBeta(data.frames, data.stateCount - 1) == 0)
      for frame in 0...data.frames {
        // Every cut through the lattice has the whole probability.
        let cut = (0..<data.stateCount).map {
          WideFloat(data.logAlpha(frame, $0) + data.logBeta(frame, $0))
        }
        #expect(abs(Double(logSumExp(cut)) + data.loss) < 1e-13)
      }
      for index in 0..<valid {
        #expect(abs(exp(data.logGradient[index]) - occupancies[sample * 24 + index]) < 1e-14)
      }
      // Gamma from the start is alpha, to the end beta, and it composes.
      for frame in 0...data.frames {
        let before = try data.logGamma(from: 0, to: frame)
        let after = try data.logGamma(from: frame, to: data.frames)
        let ends = ctc.topology.hasBlankStates ? data.stateCount - 2 : data.stateCount - 1
        for state in 0..<data.stateCount {
          #expect(close(before[state], data.logAlpha(frame, state)))
          let row = state * data.stateCount
          let sum = logSumExp((ends..<data.stateCount).map { WideFloat(after[row + $0]) })
          #expect(close(Double(sum), data.logBeta(frame, state)))
        }
      }
      let first = try data.logGamma(from: 1, to: 2)
      let second = try data.logGamma(from: 2, to: 4)
      let both = try data.logGamma(from: 1, to: 4)
      let states = data.stateCount
      for from in 0..<states {
        for to in 0..<states {
          let sum = logSumExp(
            (0..<states).map {
              WideFloat(first[from * states + $0] + second[$0 * states + to])
            })
          #expect(close(both[from * states + to], Double(sum)))
        }
        #expect(try data.logGamma(from: 2, to: 2)[from * states + from] == 0)
      }
    }
  }

  private func close(_ left: Double, _ right: Double) -> Bool {
    left == right || abs(left - right) < 1e-13
  }

  @Test func edges() throws {
    let layout = try LogitsLayout(batch: 3, time: 2, vocabulary: 3, lengths: [2, 0, 2])
    let logits = [0.5, 1, 2, 0.5, 1, 2] + [Double](repeating: .nan, count: 12)
    let data = try CTCLoss().latticeQuantities(
      logits, layout: layout, labels: [[1, 2, 1], [], [1]], hessian: true)
    #expect(data[0].loss == .infinity && data[0].logGradient.isEmpty)
    #expect(data[0].gradient.allSatisfy { $0 == 0 } && data[0].hessian.allSatisfy { $0 == 0 })
    #expect(data[1].loss == 0 && data[1].logAlpha == [0] && data[1].gradient.isEmpty)
    #expect(data[2].loss.isNaN && data[2].logAlpha.allSatisfy(\.isNaN))
    #expect(data[2].logGradient.allSatisfy(\.isNaN) && data[2].gradient.allSatisfy(\.isNaN))
  }
}
