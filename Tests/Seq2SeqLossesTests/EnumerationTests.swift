import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// Everything held against the written-out paths of small samples.
///
/// Tolerances: quantities of order one after fewer than a hundred roundings of 1e-16 each.
@Suite struct EnumerationTests {
  @Test func lossAndGradient() throws {
    for small in SmallCase.all {
      let logits = small.logits()
      let truth = small.enumeration(logSoftmax(logits, vocabulary: 3))
      let (losses, gradient) = try small.ctc.lossesAndGradient(
        logits, layout: small.layout, labels: [small.labels])
      let loss = try small.ctc.losses(logits, layout: small.layout, labels: [small.labels])[0]
      #expect(loss == losses[0])
      if truth.paths.isEmpty {
        #expect(loss == .infinity && gradient.allSatisfy { $0 == 0 }, "\(small)")
      } else {
        #expect(abs(loss - Double(truth.loss)) < 1e-13, "\(small)")
        for ((entry, posterior), logProbability) in zip(
          zip(gradient, truth.occupancies), logSoftmax(logits, vocabulary: 3))
        {
          #expect(abs(entry - Double(exp(logProbability) - posterior)) < 1e-14, "\(small)")
        }
      }
    }
  }

  @Test func logProbabilitiesAreFreeVariables() throws {
    for small in SmallCase.all {
      // Unnormalized: the weights of the paths are used as they are.
      let values = small.logits(scale: 1).map { $0 - 3 }
      let truth = small.enumeration(values.map { WideFloat($0) })
      var ctc = small.ctc
      ctc.inputs = .logProbabilities
      let (losses, gradient) = try ctc.lossesAndGradient(
        values, layout: small.layout, labels: [small.labels])
      #expect(
        losses[0] == .infinity ? truth.paths.isEmpty : abs(losses[0] - Double(truth.loss)) < 1e-13)
      for (entry, posterior) in zip(gradient, truth.occupancies) {
        #expect(abs(entry + Double(posterior)) < 1e-14, "\(small)")
      }
    }
  }

  @Test func secondOrder() throws {
    for small in SmallCase.all {
      let logits = small.logits()
      let logProbabilities = logSoftmax(logits, vocabulary: 3)
      let truth = small.enumeration(logProbabilities)
      let covariances = truth.paths.isEmpty ? nil : truth.covariances
      for inputs in CTCInputs.allCases {
        var ctc = small.ctc
        ctc.inputs = inputs
        let values = inputs == .logits ? logits : logProbabilities.map { Double($0) }
        let hessian = try ctc.hessians(values, layout: small.layout, labels: [small.labels])
        let vector = values.indices.map { cos(Double($0 * 3)) }
        let product = try ctc.hessianVectorProducts(
          values, layout: small.layout, labels: [small.labels], vector: vector)
        for row in 0..<small.count {
          var dot = 0.0
          for column in 0..<small.count {
            var expected = -(covariances?[row * small.count + column] ?? 0)
            if inputs == .logits && covariances != nil && row / 3 == column / 3 {
              let p = exp(logProbabilities[row])
              expected += (row == column ? p : 0) - p * exp(logProbabilities[column])
            }
            let entry = hessian[row * small.count + column]
            #expect(abs(entry - Double(expected)) < 1e-14, "\(small) \(inputs) \(row) \(column)")
            #expect(entry == hessian[column * small.count + row])
            dot += entry * vector[column]
          }
          #expect(abs(product[row] - dot) < 2e-14, "\(small) \(inputs) \(row)")
        }
      }
    }
  }

  @Test func pathsAndEntropies() throws {
    for small in SmallCase.all {
      let logits = small.logits()
      let truth = small.enumeration(logSoftmax(logits, vocabulary: 3))
      let labels: LabelBatch = [small.labels]
      let best = try small.ctc.bestAlignments(logits, layout: small.layout, labels: labels)[0]
      let entropy = try small.ctc.entropies(logits, layout: small.layout, labels: labels)[0]
      let occupancies = try small.ctc.occupancies(logits, layout: small.layout, labels: labels)
      if truth.paths.isEmpty {
        #expect(best.logProbability == -.infinity && best.tokens.isEmpty && entropy.isNaN)
        #expect(occupancies.allSatisfy { $0 == 0 })
        continue
      }
      // With random logits, one path is best.
      #expect(best.tokens == truth.best[0].tokens, "\(small)")
      #expect(abs(best.logProbability - Double(truth.best[0].logProbability)) < 1e-13)
      #expect(best.labelIndices.compactMap { $0 }.isEmpty == small.labels.isEmpty)
      for (token, index) in zip(best.tokens, best.labelIndices) {
        #expect(index.map { small.labels[$0] } ?? small.blank == token)
      }
      #expect(abs(entropy - Double(truth.entropy)) < 1e-13, "\(small)")
      for (occupancy, posterior) in zip(occupancies, truth.occupancies) {
        #expect(abs(occupancy - Double(posterior)) < 1e-14)
      }
    }
  }

  @Test(arguments: CTCTopology.allCases) func samplesFollowThePosterior(
    _ topology: CTCTopology
  ) throws {
    let labels = topology.hasBlank ? [1, 1] : [1, 2]
    let small = SmallCase(time: 5, vocabulary: 3, labels: labels, blank: 0, topology: topology)
    let logits = small.logits(scale: 1)
    let truth = small.enumeration(logSoftmax(logits, vocabulary: 3))
    let draws = 20_000
    let samples = try small.ctc.sampledAlignments(
      logits, layout: small.layout, labels: [small.labels], count: draws, seed: 7)[0]
    var counts: [[Int]: Int] = [:]
    for sample in samples { counts[sample.tokens, default: 0] += 1 }
    var chiSquare = 0.0
    for (path, posterior) in zip(truth.paths, truth.posteriors) {
      let expected = Double(posterior) * Double(draws)
      let difference = Double(counts[path.tokens, default: 0]) - expected
      chiSquare += difference * difference / expected
    }
    #expect(Set(counts.keys).isSubset(of: truth.paths.map(\.tokens)))
    // Mean n, deviation √2n for n = paths - 1: five deviations above the mean, for a fixed seed.
    let freedom = Double(truth.paths.count - 1)
    #expect(chiSquare < freedom + 5 * (2 * freedom).squareRoot())
    let again = try small.ctc.sampledAlignments(
      logits, layout: small.layout, labels: [small.labels], count: 5, seed: 7)[0]
    #expect(again == Array(samples.prefix(5)))
  }
}
