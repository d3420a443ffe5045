import Seq2SeqLosses
import TestSupport
import Testing

/// All derivatives against forward-mode differentiation in the widest type, at sizes beyond
/// enumeration.
@Suite struct AutodiffTests {
  @Test(arguments: CTCTopology.allCases, CTCInputs.allCases)
  func firstAndSecondOrder(_ topology: CTCTopology, _ inputs: CTCInputs) throws {
    for seed in 0..<4 {
      var generator = SeededGenerator(seed: seed)
      let (time, vocabulary) = (7, 4)
      let scores = generator.normals(time * vocabulary, scale: 2)
      let labels = (0..<seed + 1).map { _ in Int.random(in: 0..<3, using: &generator) }
      let problem = CTCProblem(
        scores: scores, frames: time, vocabulary: vocabulary, labels: labels, blank: 3,
        rule: topology.rule,
        contract: inputs == .logits ? .logits : .logProbabilities)
      let truth = CTCAutodiff(problem)
      let ctc = CTCLoss(blank: 3, topology: topology, inputs: inputs)
      let layout = try LogitsLayout(batch: 1, time: time, vocabulary: vocabulary)
      let (losses, gradient) = try ctc.lossesAndGradient(
        scores, layout: layout, labels: [labels])
      let hessian = try ctc.hessians(scores, layout: layout, labels: [labels])
      let vector = generator.normals(scores.count)
      let product = try ctc.hessianVectorProducts(
        scores, layout: layout, labels: [labels], vector: vector)
      // Some tens of roundings of numbers of order one; the product sums 28 of them.
      #expect(abs(losses[0] - Double(truth.loss)) < 1e-14)
      for (entry, exact) in zip(gradient, truth.gradient) {
        #expect(abs(entry - Double(exact)) < 1e-14)
      }
      for (entry, exact) in zip(hessian, truth.hessian) {
        #expect(abs(entry - Double(exact)) < 1e-14)
      }
      for (entry, exact) in zip(product, truth.hessianVectorProduct(vector)) {
        #expect(abs(entry - Double(exact)) < 1e-13)
      }
    }
  }
}
