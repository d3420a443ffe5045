import Foundation
import Seq2SeqLosses
import Testing

/// All token paths enumerated and collapsed: the definition itself, sharing nothing with the engine.
func enumeratedLoss(
  _ logits: [Double], time: Int, vocabulary: Int, labels: [Int], blank: Int, topology: CTCTopology
) -> Double {
  let logNormalizers = (0..<time).map { frame in
    log((0..<vocabulary).reduce(0.0) { $0 + exp(logits[frame * vocabulary + $1]) })
  }
  var total = 0.0
  for code in 0..<Int(pow(Double(vocabulary), Double(time))) {
    var rest = code
    var path: [Int] = []
    for _ in 0..<time {
      path.append(rest % vocabulary)
      rest /= vocabulary
    }
    let kept = path.indices.filter { index in
      path[index] != blank
        && (topology == .simplified || index == 0 || path[index - 1] != path[index])
    }
    guard kept.map({ path[$0] }) == labels else { continue }
    total += exp(
      path.indices.reduce(0.0) { $0 + logits[$1 * vocabulary + path[$1]] - logNormalizers[$1] })
  }
  return -log(total)
}

/// One sample's loss and gradient in `Double`.
func lossAndGradient(
  _ ctc: CTCLoss, _ logits: [Double], time: Int, vocabulary: Int, labels: [Int]
) throws -> (loss: Double, gradient: [Double]) {
  let layout = try LogitsLayout(batch: 1, time: time, vocabulary: vocabulary)
  let (losses, gradient) = try ctc.lossesAndGradient(
    logits, layout: layout, labels: LabelBatch([labels]))
  return (losses[0], gradient)
}

@Suite struct CTCLossTests {
  @Test(arguments: CTCTopology.allCases) func equalsEnumeration(_ topology: CTCTopology) throws {
    for (time, labels, blank) in [
      (1, [], 0), (2, [1], 0), (4, [1, 1], 0), (5, [1, 2], 0), (4, [0, 1, 0], 2), (3, [1, 1], 0),
      (2, [1, 1], 0), (2, [1, 2, 1], 0), (0, [], 0), (0, [1], 0),
    ] as [(Int, [Int], Int)] {
      let logits = (0..<time * 3).map { 2 * sin(Double($0 * 7 + time)) }
      func enumerated(_ logits: [Double]) -> Double {
        enumeratedLoss(
          logits, time: time, vocabulary: 3, labels: labels, blank: blank, topology: topology)
      }
      let ctc = CTCLoss(blank: blank, topology: topology)
      let (loss, gradient) = try lossAndGradient(
        ctc, logits, time: time, vocabulary: 3, labels: labels)
      let truth = enumerated(logits)
      let layout = try LogitsLayout(batch: 1, time: time, vocabulary: 3)
      let hessian = try ctc.hessian(logits, layout: layout, labels: [labels])
      if truth == .infinity {
        #expect(loss == .infinity && gradient.allSatisfy { $0 == 0 })
        #expect(hessian.allSatisfy { $0 == 0 })
        continue
      }
      // A few roundings of numbers of order one.
      #expect(abs(loss - truth) < 1e-13)
      let direction = logits.indices.map { cos(Double($0 * 3)) }
      let product = try ctc.hessianVectorProduct(
        logits, layout: layout, labels: [labels], vector: direction)
      for index in logits.indices {
        var above = logits
        var below = logits
        above[index] += 1e-5
        below[index] -= 1e-5
        // Central differences: step² truncation and rounding / step, both below 1e-9.
        #expect(abs((enumerated(above) - enumerated(below)) / 2e-5 - gradient[index]) < 1e-9)
        let slopes = try zip(
          lossAndGradient(ctc, above, time: time, vocabulary: 3, labels: labels).gradient,
          lossAndGradient(ctc, below, time: time, vocabulary: 3, labels: labels).gradient
        ).map { ($0 - $1) / 2e-5 }
        let row = hessian[index * logits.count..<(index + 1) * logits.count]
        for (slope, entry) in zip(slopes, row) { #expect(abs(slope - entry) < 1e-9) }
        // H v from H: sums of a few products.
        let dot = zip(row, direction).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(dot - product[index]) < 1e-13)
      }
    }
  }

  @Test func extremeLogits() throws {
    let ctc = CTCLoss(blank: 0)
    let huge = try lossAndGradient(ctc, [0, 1e10], time: 1, vocabulary: 2, labels: [])
    #expect(huge.loss == 1e10 && huge.gradient == [-1, 1])
    let zero = try lossAndGradient(ctc, [-.infinity, 0], time: 1, vocabulary: 2, labels: [1])
    #expect(zero.loss == 0 && zero.loss.sign == .plus && zero.gradient == [0, 0])
    for row in [[Double.nan, 0], [-.infinity, -.infinity], [.infinity, 0]] {
      let result = try lossAndGradient(ctc, row, time: 1, vocabulary: 2, labels: [1])
      #expect(result.loss.isNaN && result.gradient.allSatisfy(\.isNaN))
    }
  }

  @Test func badInputThrows() {
    for (count, time, vocabulary, labels, blank) in [
      (5, 2, 3, [1], 0), (6, 2, 3, [3], 0), (6, 2, 3, [-1], 0), (6, 2, 3, [0], 0), (6, 2, 3, [], 3),
      (0, -1, 3, [], 0), (0, 0, 0, [], 0), (0, .max, 3, [], 0),
    ] as [(Int, Int, Int, [Int], Int)] {
      #expect(throws: InputError.self) {
        try lossAndGradient(
          CTCLoss(blank: blank), [Double](repeating: 0, count: count), time: time,
          vocabulary: vocabulary, labels: labels)
      }
    }
  }
}
