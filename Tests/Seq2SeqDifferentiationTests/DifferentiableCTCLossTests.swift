#if canImport(_Differentiation)
  import Foundation
  import Seq2SeqDifferentiation
  import Seq2SeqLosses
  import Testing
  import _Differentiation

  @Suite struct DifferentiableCTCLossTests {
    let layout: LogitsLayout
    let labels: LabelBatch = [[1, 2, 2], [2]]
    let logits: [Double]

    init() throws {
      layout = try LogitsLayout(batch: 2, time: 6, vocabulary: 3, lengths: [6, 4])
      logits = (0..<36).map { 2 * sin(Double($0 * $0)) }
    }

    @Test(arguments: CTCTopology.allCases, CTCInputs.allCases)
    func lossHasTheAnalyticGradient(_ topology: CTCTopology, _ inputs: CTCInputs) throws {
      let ctc = CTCLoss(topology: topology, inputs: inputs)
      let function = try DifferentiableCTCLoss(ctc, layout: layout, labels: labels)
      let (losses, gradient) = try ctc.lossesAndGradient(logits, layout: layout, labels: labels)
      let (value, pullback) = valueWithPullback(at: logits) { function.loss($0) }
      #expect(value == losses[0] + losses[1])
      #expect(pullback(1).base == gradient)
      // A power of two scales without rounding.
      #expect(pullback(2).base == gradient.map { 2 * $0 })
    }

    @Test func weightsPullBackThroughLosses() throws {
      let ctc = CTCLoss()
      let function = try DifferentiableCTCLoss(ctc, layout: layout, labels: labels)
      let gradient = try ctc.lossesAndGradient(logits, layout: layout, labels: labels).gradient
      let (values, pullback) = valueWithPullback(at: logits) { function.losses($0) }
      #expect(values == (try ctc.losses(logits, layout: layout, labels: labels)))
      let pulled = pullback(.init([0.5, 4])).base
      #expect(pulled == gradient.enumerated().map { $1 * ($0 < 18 ? 0.5 : 4) })
    }

    @Test func floatsComposeWithOtherFunctions() throws {
      let function = try DifferentiableCTCLoss(CTCLoss(), layout: layout, labels: labels)
      let floats = logits.map { Float($0) }
      let squared = _Differentiation.gradient(at: floats) { (logits: [Float]) -> Double in
        let loss = function.loss(logits)
        return loss * loss
      }
      let plain = function.gradient(floats)
      let factor = 2 * function.loss(floats)
      for (left, right) in zip(squared.base, plain) {
        // One rounding to Float on each side.
        #expect(abs(Double(left) - factor * Double(right)) <= 1e-6 * factor)
      }
    }

    @Test func gradientHasTheHessianVectorProduct() throws {
      let ctc = CTCLoss()
      let function = try DifferentiableCTCLoss(ctc, layout: layout, labels: labels)
      let vector = (0..<36).map { cos(Double($0)) }
      let (value, pullback) = valueWithPullback(at: logits) { function.gradient($0) }
      #expect(value == function.gradient(logits))
      let product = try ctc.hessianVectorProducts(
        logits, layout: layout, labels: labels, vector: vector)
      #expect(pullback(.init(vector)).base == product)
      // An independent check of the same: central differences of the gradient, error about step².
      let step = 1e-5
      let above = function.gradient(zip(logits, vector).map { $0 + step * $1 })
      let below = function.gradient(zip(logits, vector).map { $0 - step * $1 })
      for (pulled, pair) in zip(pullback(.init(vector)).base, zip(above, below)) {
        #expect(abs(pulled - (pair.0 - pair.1) / (2 * step)) < 1e-9)
      }
    }

    @Test func badInputThrowsOrIsNaN() throws {
      #expect(throws: InputError.self) {
        try DifferentiableCTCLoss(CTCLoss(blank: 3), layout: layout, labels: labels)
      }
      let function = try DifferentiableCTCLoss(CTCLoss(), layout: layout, labels: labels)
      #expect(function.loss([1.0]).isNaN)
      #expect(function.losses([1.0]).allSatisfy { $0.isNaN })
      #expect(_Differentiation.gradient(at: [1.0]) { function.loss($0) }.base[0].isNaN)
    }
  }
#endif
