import Foundation
import Seq2SeqLosses
import Testing

/// The table of edge cases in the documentation of `CTCLoss`, row by row, with derivatives.
@Suite struct EdgeTests {
  /// Loss, gradient, Hessian and Hessian-vector product of one sample.
  struct Everything {
    let loss: Double
    let derivatives: [[Double]]

    init(
      _ ctc: CTCLoss, _ logits: [Double], time: Int, vocabulary: Int, labels: [Int],
      length: Int? = nil
    ) throws {
      let layout = try LogitsLayout(
        batch: 1, time: time, vocabulary: vocabulary, lengths: [length ?? time])
      let labels = LabelBatch([labels])
      let (losses, gradient) = try ctc.lossesAndGradient(logits, layout: layout, labels: labels)
      loss = losses[0]
      let alone = try ctc.losses(logits, layout: layout, labels: labels)[0]
      #expect(alone == loss || alone.isNaN && loss.isNaN)
      derivatives = [
        gradient,
        try ctc.hessianVectorProducts(
          logits, layout: layout, labels: labels, vector: logits.map { _ in 1.5 }),
        try ctc.hessians(logits, layout: layout, labels: labels),
      ]
    }

    var derivativesAreZero: Bool { derivatives.allSatisfy { $0.allSatisfy { $0 == 0 } } }
    var derivativesAreFinite: Bool { derivatives.allSatisfy { $0.allSatisfy(\.isFinite) } }
    var derivativesAreNaN: Bool { derivatives.allSatisfy { $0.allSatisfy(\.isNaN) } }
  }

  static let all = CTCTopology.allCases.flatMap { topology in
    CTCInputs.allCases.map { CTCLoss(blank: 0, topology: topology, inputs: $0) }
  }

  @Test(arguments: all) func tooFewFrames(_ ctc: CTCLoss) throws {
    let values = [-1.0, -2, -3, -1, -2, -3]
    let long = try Everything(ctc, values, time: 2, vocabulary: 3, labels: [1, 2, 1])
    #expect(long.loss == .infinity && long.derivativesAreZero)
    let repeated = try Everything(ctc, values, time: 2, vocabulary: 3, labels: [1, 1])
    #expect((repeated.loss == .infinity) == ctc.topology.mergesRepeats)
    #expect(repeated.derivativesAreZero == ctc.topology.mergesRepeats)
  }

  @Test(arguments: all) func neededTokenImpossible(_ ctc: CTCLoss) throws {
    let values: [Double] = [0, -.infinity, -1, 0, -.infinity, -1]
    let result = try Everything(ctc, values, time: 2, vocabulary: 3, labels: [1])
    #expect(result.loss == .infinity && result.derivativesAreZero)
    let others = try Everything(ctc, values, time: 2, vocabulary: 3, labels: [2])
    #expect(others.loss.isFinite && others.derivativesAreFinite)
    #expect(others.derivatives[0][1] == 0)
  }

  @Test(arguments: all) func emptyLabels(_ ctc: CTCLoss) throws {
    let probabilities = [0.5, 0.25, 0.25, 0.125, 0.5, 0.375]
    let result = try Everything(
      ctc, probabilities.map { log($0) }, time: 2, vocabulary: 3, labels: [])
    if ctc.topology.hasBlank {
      #expect(abs(result.loss - log(16)) < 1e-15)
    } else {
      #expect(result.loss == .infinity && result.derivativesAreZero)
    }
  }

  @Test(arguments: all) func noFrames(_ ctc: CTCLoss) throws {
    let empty = try Everything(ctc, [], time: 0, vocabulary: 3, labels: [])
    #expect(empty.loss == 0 && empty.loss.sign == .plus)
    #expect(try Everything(ctc, [], time: 0, vocabulary: 3, labels: [1]).loss == .infinity)
    // The same by length, with padding that would poison anything.
    let values = [Double](repeating: .nan, count: 6)
    let padded = try Everything(ctc, values, time: 2, vocabulary: 3, labels: [1], length: 0)
    #expect(padded.loss == .infinity && padded.derivativesAreZero)
  }

  @Test(arguments: all) func paddingIsIgnored(_ ctc: CTCLoss) throws {
    let values = [-1.0, -2, -3, -1, -2, -3]
    let plain = try Everything(ctc, values, time: 2, vocabulary: 3, labels: [1])
    for rubbish in [Double.nan, .infinity, -.infinity, 1e300] {
      let padded = try Everything(
        ctc, values + [rubbish, rubbish, rubbish], time: 3, vocabulary: 3, labels: [1], length: 2)
      #expect(padded.loss == plain.loss)
      #expect(padded.derivatives[0] == plain.derivatives[0] + [0, 0, 0])
      #expect(padded.derivatives[1] == plain.derivatives[1] + [0, 0, 0])
      for (index, entry) in padded.derivatives[2].enumerated() where index / 9 > 5 || index % 9 > 5
      {
        #expect(entry == 0)
      }
    }
    let layout = try LogitsLayout(batch: 1, time: 2, vocabulary: 3)
    let labels = try LabelBatch(padded: [1, -7, 99], width: 3, lengths: [1])
    #expect(try ctc.losses(values, layout: layout, labels: labels) == [plain.loss])
  }

  @Test(arguments: all) func notANumber(_ ctc: CTCLoss) throws {
    // Also for a token that no label uses.
    for (token, value) in [(0, Double.nan), (1, .nan), (2, .nan), (2, .infinity)] {
      var values = [-1.0, -2, -3, -1, -2, -3]
      values[3 + token] = value
      let result = try Everything(ctc, values, time: 2, vocabulary: 3, labels: [1])
      #expect(result.loss.isNaN && result.derivativesAreNaN)
    }
  }

  @Test(arguments: all) func impossibleRow(_ ctc: CTCLoss) throws {
    let values: [Double] = [-1, -2, -3, -.infinity, -.infinity, -.infinity]
    let result = try Everything(ctc, values, time: 2, vocabulary: 3, labels: [1])
    if ctc.inputs == .logits {
      // There is no softmax.
      #expect(result.loss.isNaN && result.derivativesAreNaN)
    } else {
      // Probabilities of zero, each of them: no path.
      #expect(result.loss == .infinity && result.derivativesAreZero)
    }
  }

  @Test(arguments: all) func badSampleLeavesOthersAlone(_ ctc: CTCLoss) throws {
    let good = [-1.0, -2, -3, -1, -2, -3]
    let bad = [Double](repeating: .nan, count: 6)
    let layout = try LogitsLayout(batch: 3, time: 2, vocabulary: 3)
    let labels: LabelBatch = [[1], [1], [1, 2, 1]]
    let (losses, gradient) = try ctc.lossesAndGradient(
      good + bad + good, layout: layout, labels: labels)
    let alone = try Everything(ctc, good, time: 2, vocabulary: 3, labels: [1])
    #expect(losses[0] == alone.loss && Array(gradient[0..<6]) == alone.derivatives[0])
    #expect(losses[1].isNaN && gradient[6..<12].allSatisfy { $0.isNaN })
    #expect(losses[2] == .infinity && gradient[12..<18].allSatisfy { $0 == 0 })
    #expect(try ctc.entropies(good + bad + good, layout: layout, labels: labels)[0].isFinite)
    let best = try ctc.bestAlignments(good + bad + good, layout: layout, labels: labels)
    #expect(best[0].tokens.count == 2 && best[1].logProbability.isNaN)
    #expect(best[2].logProbability == -.infinity)
  }

  @Test(arguments: CTCTopology.allCases) func certainLossIsPlusZero(_ topology: CTCTopology) throws
  {
    let ctc = CTCLoss(blank: 0, topology: topology)
    for values in [[0, -Double.infinity], [800, 0], [1e10, 0]] {
      let result = try Everything(
        ctc, values, time: 1, vocabulary: 2, labels: topology.hasBlank ? [] : [0])
      #expect(result.loss == 0 && result.loss.sign == .plus && result.derivativesAreZero)
    }
  }

  @Test func logProbabilitiesMayExceedOne() throws {
    let ctc = CTCLoss(inputs: .logProbabilities)
    // Rounding errors are clamped to zero; a larger probability gives a negative loss.
    let tiny = try Everything(ctc, [1e-17, -50], time: 1, vocabulary: 2, labels: [])
    #expect(tiny.loss == 0 && tiny.loss.sign == .plus)
    let doubled = try Everything(ctc, [log(2.0), -50], time: 1, vocabulary: 2, labels: [])
    #expect(abs(doubled.loss + log(2)) < 1e-15)
    // However coarse the element type: the value is given, not a bound on its rounding.
    let layout = try LogitsLayout(batch: 1, time: 100, vocabulary: 2)
    let brain = (0..<200).map { BFloat16($0 % 2 == 0 ? 0.0078125 : -50) }
    #expect(abs(try ctc.losses(brain, layout: layout, labels: [[]])[0] + 0.78125) < 1e-15)
  }

  /// Beyond 2^52 in the exponent shares of a probability could be any number: NaN, not a guess. Log-probabilities are
  /// taken beside the largest that is needed, which leaves small exponents where all are needed alike.
  @Test(arguments: all) func beyondAllDigits(_ ctc: CTCLoss) throws {
    // Each frame has token 0.
    let labels = ctc.topology.hasBlank ? [] : [0]
    for value in [-1e20, -1e300] {
      let result = try Everything(
        ctc, [value, 0, value, 0], time: 2, vocabulary: 2, labels: labels)
      // The loss is right nevertheless.
      #expect(abs(result.loss / (-2 * value) - 1) < 1e-15)
      let layout = try LogitsLayout(batch: 1, time: 2, vocabulary: 2)
      let logits = [value, 0, value, 0]
      let entropy = try ctc.entropies(logits, layout: layout, labels: [labels])[0]
      let draw = try ctc.sampledAlignments(
        logits, layout: layout, labels: [labels], count: 1, seed: 0)[0][0]
      if ctc.inputs == .logProbabilities {
        #expect(result.derivatives[0] == [-1, 0, -1, 0] && entropy == 0)
        #expect(draw.tokens == [0, 0] && draw.logProbability == 2 * value)
        continue
      }
      #expect(result.derivativesAreNaN && entropy.isNaN)
      #expect(draw.tokens.isEmpty && draw.logProbability.isNaN)
    }
    // A masked token in one frame is no obstacle to the paths around it.
    let masked = try Everything(
      ctc, [-1, -1e38, -2, -3], time: 2, vocabulary: 2,
      labels: ctc.topology.hasBlank ? [1] : [0, 1])
    #expect(masked.loss.isFinite && masked.derivativesAreFinite)
  }

  @Test func logProbabilitiesFarAboveOneAreNaN() throws {
    let ctc = CTCLoss(inputs: .logProbabilities)
    for value in [1e16, 1e300, 1.7e308] {
      // These terms would cancel to a meaningless number.
      let result = try Everything(
        ctc, [value, -value, -value, value], time: 2, vocabulary: 2, labels: [1])
      #expect(result.loss.isNaN && result.derivativesAreNaN)
    }
  }

  @Test func reductionsNeedALabelSequenceForEachLoss() {
    #expect(throws: InputError.self) { try LossReduction.sum.reduce([1, 2], of: [[1]]) }
  }

  @Test func reductions() throws {
    let logits = (0..<24).map { sin(Double($0)) }
    let layout = try LogitsLayout(batch: 2, time: 4, vocabulary: 3)
    let labels: LabelBatch = [[], [1, 2]]
    let (losses, plain) = try CTCLoss().lossesAndGradient(logits, layout: layout, labels: labels)
    let factors: [LossReduction: [Double]] = [
      .sum: [1, 1], .mean: [0.5, 0.5], .meanByLabelLength: [0.5, 0.25],
    ]
    for (reduction, factors) in factors {
      let (loss, gradient) = try CTCLoss().lossAndGradient(
        logits, layout: layout, labels: labels, reduction: reduction)
      #expect(loss == losses[0] * factors[0] + losses[1] * factors[1])
      #expect(
        try CTCLoss().loss(logits, layout: layout, labels: labels, reduction: reduction) == loss)
      for (index, entry) in gradient.enumerated() {
        #expect(abs(entry - plain[index] * factors[index / 12]) < 1e-16)
      }
    }
    let none = try LogitsLayout(batch: 0, time: 4, vocabulary: 3)
    #expect(try CTCLoss().loss([Double](), layout: none, labels: [], reduction: .sum) == 0)
    #expect(try CTCLoss().loss([Double](), layout: none, labels: [], reduction: .mean).isNaN)
    let infeasible = try CTCLoss().loss(
      logits, layout: layout, labels: [[], [1, 1, 1]], reduction: .mean)
    #expect(infeasible == .infinity)
  }

  @Test func tiesGoToTheLowestState() throws {
    // All paths of equal probability: the first state, as long as the labels still fit.
    let layout = try LogitsLayout(batch: 1, time: 5, vocabulary: 3)
    for topology in CTCTopology.allCases {
      let best = try CTCLoss(topology: topology).bestAlignments(
        [Double](repeating: 0, count: 15), layout: layout, labels: [[1, 2]])[0]
      #expect(best.tokens == (topology.hasBlank ? [0, 0, 0, 1, 2] : [1, 1, 1, 1, 2]))
      #expect(best.labelIndices == (topology.hasBlank ? [nil, nil, nil, 0, 1] : [0, 0, 0, 0, 1]))
    }
  }
}
