import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// What `Guides/Numerics.md` promises, measured against wider types.
@Suite struct NumericsTests {
  /// `value` in the widest type.
  static func wide(_ number: ExtendedRange) -> WideFloat {
    WideFloat(sign: .plus, exponent: Int(number.exponent), significand: WideFloat(number.mantissa))
  }

  @Test func exponentialAndLogarithm() {
    var generator = SeededGenerator(seed: 1)
    var worst: WideFloat = 0
    for step in 0..<4000 {
      // Within the wide type's own exponent range.
      let x = Double.random(in: -11000...11000, using: &generator) / Double(1 + step % 100)
      let number = ExtendedRange(exponentialOf: x)
      let truth = exp(WideFloat(x))
      worst = max(worst, abs(Self.wide(number) / truth - 1))
      #expect(number.mantissa >= 1 && number.mantissa < 2)
      // Half a spacing of the result or of one, whichever is more, twice.
      #expect(abs(number.logarithm - x) <= max(x.magnitude, 1) * 0x1p-52)
    }
    #expect(worst < 0x1p-51)
  }

  @Test func hugeExponentialsKeepTheirFraction() {
    for x in [-1e10, 1e10, -123_456_789.123, 3e12 + 0.25] {
      let number = ExtendedRange(exponentialOf: x)
      #expect(abs(number.logarithm - x) <= x.magnitude * 0x1p-52)
      // exp(x + 1) / exp(x) = e although both are far out of range; x + 1 is exact.
      let ratio = ExtendedRange(exponentialOf: x + 1) / number
      #expect(abs(ratio.value / exp(((x + 1) - x)) - 1) < 4e-16)
    }
    #expect(ExtendedRange(exponentialOf: -.infinity).isZero)
    #expect(ExtendedRange(exponentialOf: .infinity).isNaN)
    #expect(ExtendedRange(exponentialOf: .nan).isNaN)
    for x in [1e16, 1e18, 1e300, -1e300] {
      #expect(abs(ExtendedRange(exponentialOf: x).logarithm / x - 1) < 1e-15)
    }
  }

  @Test func sumsAndProductsRoundOnce() {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<4000 {
      let x = Double.random(in: -3000...3000, using: &generator)
      let left = ExtendedRange(exponentialOf: x)
      let right = ExtendedRange(
        exponentialOf: x + Double.random(in: -60...60, using: &generator))
      let sum = Self.wide(left) + Self.wide(right)
      let product = Self.wide(left) * Self.wide(right)
      // Half a spacing at a mantissa of one, and the wide type's own rounding.
      #expect(abs(Self.wide(left + right) / sum - 1) <= 0x1p-53 * 1.001)
      #expect(abs(Self.wide(left * right) / product - 1) <= 0x1p-53 * 1.001)
      #expect(left + right == right + left && !(left + right < left))
    }
  }

  @Test func semiringLaws() {
    let numbers =
      [-1e12, -800, -1, 0, 0.5, 30, 1e10].map { ExtendedRange(exponentialOf: $0) } + [.zero, .one]
    for number in numbers {
      #expect(number + .zero == number && .zero + number == number)
      #expect(number * .one == number && .one * number == number)
      #expect(number * .zero == .zero && .zero * number == .zero)
      #expect((number + .nan).isNaN && (.nan * number).isNaN && (.nan + number).isNaN)
      #expect((number / .zero).isNaN)
      #expect(!(ExtendedRange.nan < number) && !(number < .nan))
    }
    #expect(numbers.sorted() == numbers.sorted { $0.logarithm < $1.logarithm })
    #expect(ExtendedRange(-1).isNaN && ExtendedRange(.infinity).isNaN && ExtendedRange(.nan).isNaN)
    #expect(ExtendedRange(0).isZero && ExtendedRange(0.75).value == 0.75)
    #expect(
      ExtendedRange(.leastNonzeroMagnitude).value == 0
        && ExtendedRange(.leastNonzeroMagnitude).mantissa == 1)
  }

  @Test func logitsOfTenBillion() throws {
    let layout = try LogitsLayout(batch: 1, time: 1, vocabulary: 2)
    for topology in CTCTopology.allCases where topology.hasBlank {
      let ctc = CTCLoss(blank: 0, topology: topology)
      let (losses, gradient) = try ctc.lossesAndGradient(
        [0, 1e10] as [Float], layout: layout, labels: [[]])
      #expect(losses == [1e10] && gradient == [-1, 1])
      // Over many frames: each loses exactly 1e10.
      let long = try LogitsLayout(batch: 1, time: 1000, vocabulary: 2)
      let logits = (0..<2000).map { $0 % 2 == 0 ? 0 : 1e10 }
      #expect(try ctc.losses(logits, layout: long, labels: [[]]) == [1e13])
    }
  }

  /// The only path that ends well is far below the frame's best prefix at every frame.
  @Test func unlikelyPathsKeepTheirDigits() throws {
    for gap in [300.0, 690, 3000, 1e8] {
      for topology in CTCTopology.allCases {
        // Token 1 is needed at each frame; the blank is e^gap times as likely.
        let time = 40
        let logits = (0..<time).flatMap { frame -> [Double] in
          [gap, 0.5 * sin(Double(frame)), -1]
        }
        let labels = (0..<time).map { 1 + $0 % 2 }
        let layout = try LogitsLayout(batch: 1, time: time, vocabulary: 3)
        let (losses, gradient) = try CTCLoss(topology: topology).lossesAndGradient(
          logits, layout: layout, labels: [labels])
        let truth = logSoftmax(logits, vocabulary: 3)
        let needed = labels.enumerated().map { truth[$0 * 3 + $1] }
        let expected = -needed.reduce(0, +)
        #expect(abs(losses[0] / Double(expected) - 1) < 4e-16)
        for frame in 0..<time {
          #expect(abs(gradient[frame * 3 + labels[frame]] + 1) < 1e-15)
        }
      }
    }
  }

  /// Random logits of several scales, as long as a recording; the error is about 1e-16 a frame.
  @Test(arguments: [1.0, 10, 100]) func longSamples(_ scale: Double) throws {
    let time = 4000
    var generator = SeededGenerator(seed: Int(scale))
    let logits = generator.normals(time * 5, scale: scale)
    let labels = (0..<30).map { 1 + ($0 * $0) % 4 }
    let layout = try LogitsLayout(batch: 1, time: time, vocabulary: 5)
    let (losses, gradient) = try CTCLoss().lossesAndGradient(
      logits, layout: layout, labels: [labels])
    let logProbabilities = logSoftmax(logits, vocabulary: 5)
    let truth = CTCOracle(
      logProbabilities, vocabulary: 5, labels: labels, blank: 0, rule: .classic)
    #expect(abs(losses[0] / Double(truth.loss) - 1) < 1e-15)
    for (index, entry) in gradient.enumerated() {
      let expected = Double(exp(logProbabilities[index]) - truth.occupancies[index])
      #expect(abs(entry - expected) < 1e-12)
    }
  }

  @Test func aHundredThousandFrames() throws {
    let time = 100_000
    var generator = SeededGenerator(seed: 5)
    let logits = (0..<time * 3).map { _ in Float.random(in: -4...4, using: &generator) }
    let layout = try LogitsLayout(batch: 1, time: time, vocabulary: 3)
    let labels = [1, 2, 2, 1]
    let (losses, gradient) = try CTCLoss().lossesAndGradient(
      logits, layout: layout, labels: [labels])
    let truth = CTCOracle.loss(
      logSoftmax(logits.map { Double($0) }, vocabulary: 3), vocabulary: 3, labels: labels,
      blank: 0)
    // Softmax numerators in Float, each off by up to 2e-7, mostly not the same way.
    #expect(abs(losses[0] / Double(truth) - 1) < 1e-8)
    for start in stride(from: 0, to: gradient.count, by: 3) {
      // Three roundings to Float of numbers below one, and one of their scale.
      #expect(abs(gradient[start] + gradient[start + 1] + gradient[start + 2]) < 2e-7)
    }
  }

  /// Float inputs have Float softmax numerators, and everything after that is in Double.
  @Test(arguments: [1.0, 10, 100]) func floatsAreCloseToDoubles(_ scale: Double) throws {
    var generator = SeededGenerator(seed: 9)
    let logits = generator.normals(200 * 8, scale: scale).map { Float($0) }
    let layout = try LogitsLayout(batch: 1, time: 200, vocabulary: 8)
    let labels: LabelBatch = [[1, 2, 3, 3, 4, 7, 1]]
    let (losses, gradient) = try CTCLoss().lossesAndGradient(
      logits, layout: layout, labels: labels)
    let (wideLosses, wideGradient) = try CTCLoss().lossesAndGradient(
      logits.map { Double($0) }, layout: layout, labels: labels)
    #expect(abs(losses[0] / wideLosses[0] - 1) < 2e-8)
    // A posterior is a ratio of products of numerators, whose errors add up like a random walk.
    for (entry, wide) in zip(gradient, wideGradient) { #expect(abs(Double(entry) - wide) < 2e-6) }
  }
}
