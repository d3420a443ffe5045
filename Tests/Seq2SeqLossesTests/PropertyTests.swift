import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// Random batches of random shapes against the wide-type oracle, and the laws that hold for all.
@Suite struct PropertyTests {
  /// A batch of random size, lengths, labels (often with repeats) and scale.
  struct RandomBatch {
    let ctc: CTCLoss
    let layout: LogitsLayout
    let labels: LabelBatch
    let logits: [Double]

    init(seed: Int) throws {
      var generator = SeededGenerator(seed: seed)
      let vocabulary = Int.random(in: 2...12, using: &generator)
      let batch = Int.random(in: 0...4, using: &generator)
      let time = Int.random(in: 0...14, using: &generator)
      let blank = Int.random(in: 0..<vocabulary, using: &generator)
      layout = try LogitsLayout(
        batch: batch, time: time, vocabulary: vocabulary,
        lengths: (0..<batch).map { _ in Int.random(in: 0...time, using: &generator) })
      let tokens = (0..<vocabulary).filter { $0 != blank }
      labels = LabelBatch(
        (0..<batch).map { _ in
          (0..<Int.random(in: 0...8, using: &generator)).map { _ in
            tokens.randomElement(using: &generator) ?? 0
          }
        })
      let scales: [Double] = [0.1, 1, 10, 1000]
      let scale = scales[Int.random(in: 0..<4, using: &generator)]
      logits = generator.normals(batch * time * vocabulary, scale: scale)
      ctc = CTCLoss(blank: blank, topology: CTCTopology.allCases[seed % CTCTopology.allCases.count])
    }

    var width: Int { layout.time * layout.vocabulary }
  }

  @Test func agreesWithTheWideOracle() throws {
    for seed in 0..<400 {
      let random = try RandomBatch(seed: seed)
      let (losses, gradient) = try random.ctc.lossesAndGradient(
        random.logits, layout: random.layout, labels: random.labels)
      for sample in 0..<random.layout.batch {
        let valid = random.layout.lengths[sample] * random.layout.vocabulary
        let start = sample * random.width
        let logProbabilities = logSoftmax(
          Array(random.logits[start..<start + valid]), vocabulary: random.layout.vocabulary)
        let truth = CTCOracle(
          logProbabilities, vocabulary: random.layout.vocabulary,
          labels: Array(random.labels[sample]), blank: random.ctc.blank,
          rule: random.ctc.topology.rule)
        // 14 frames of up to 20 roundings each; relative where the loss is large.
        let slack = 1e-13 + 1e-15 * Double(truth.loss)
        #expect(
          losses[sample] == Double(truth.loss) || abs(losses[sample] - Double(truth.loss)) < slack,
          "seed \(seed)")
        for index in 0..<valid {
          let expected =
            truth.loss == .infinity
            ? 0 : Double(exp(logProbabilities[index]) - truth.occupancies[index])
          // Logits near 1000 have roundings of 1e-13 in their differences.
          #expect(abs(gradient[start + index] - expected) < 2e-12, "seed \(seed)")
        }
        #expect(gradient[start + valid..<start + random.width].allSatisfy { $0 == 0 })
      }
    }
  }

  @Test func rowsOfTheLogitsGradientSumToZero() throws {
    for seed in 0..<200 {
      let random = try RandomBatch(seed: seed)
      let gradient = try random.ctc.lossesAndGradient(
        random.logits, layout: random.layout, labels: random.labels
      ).gradient
      let product = try random.ctc.hessianVectorProducts(
        random.logits, layout: random.layout, labels: random.labels, vector: random.logits)
      let scale = random.logits.reduce(1) { max($0, abs($1)) }
      for start in stride(from: 0, to: gradient.count, by: random.layout.vocabulary) {
        let row = start..<start + random.layout.vocabulary
        // Twelve terms of order one.
        #expect(abs(gradient[row].reduce(0, +)) < 1e-13)
        #expect(abs(product[row].reduce(0, +)) < 1e-13 * scale)
      }
    }
  }

  @Test func derivativesAreCentralDifferences() throws {
    for seed in 0..<60 {
      let random = try RandomBatch(seed: seed)
      for inputs in CTCInputs.allCases {
        // Large scales leave no step that is both small enough and above the roundings.
        let point = random.logits.map { 2 * sin($0) }
        var ctc = random.ctc
        ctc.inputs = inputs
        let vector = point.map { cos(7 * $0) }
        func losses(_ point: [Double]) throws -> [Double] {
          try ctc.losses(point, layout: random.layout, labels: random.labels)
            .map { $0.isFinite ? $0 : 0 }
        }
        func gradient(_ point: [Double]) throws -> [Double] {
          try ctc.lossesAndGradient(point, layout: random.layout, labels: random.labels).gradient
        }
        let slopes = try centralDifference(at: point, along: vector, step: 1e-5, losses)
        let dots = try zip(gradient(point), vector).map { $0 * $1 }
        for sample in 0..<random.layout.batch {
          let dot = dots[sample * random.width..<(sample + 1) * random.width].reduce(0, +)
          // Truncation step² · third derivative and rounding 1e-14 / step.
          #expect(abs(slopes[sample] - dot) < 3e-8, "seed \(seed) \(inputs)")
        }
        let curvature = try centralDifference(at: point, along: vector, step: 1e-5, gradient)
        let product = try ctc.hessianVectorProducts(
          point, layout: random.layout, labels: random.labels, vector: vector)
        for (slope, entry) in zip(curvature, product) {
          #expect(abs(slope - entry) < 3e-8, "seed \(seed) \(inputs)")
        }
      }
    }
  }

  @Test func hessianTimesVectorIsTheProduct() throws {
    for seed in 0..<100 {
      let random = try RandomBatch(seed: seed)
      let width = random.width
      for inputs in CTCInputs.allCases {
        var ctc = random.ctc
        ctc.inputs = inputs
        let values = inputs == .logits ? random.logits : random.logits.map { -abs($0) }
        let vector = values.map { cos(5 * $0) }
        let hessian = try ctc.hessians(values, layout: random.layout, labels: random.labels)
        let product = try ctc.hessianVectorProducts(
          values, layout: random.layout, labels: random.labels, vector: vector)
        for row in 0..<product.count {
          let start = row / max(1, width) * width
          let dot = (0..<width).reduce(0.0) { $0 + hessian[row * width + $1] * vector[start + $1] }
          // Sums of at most 168 products below one.
          #expect(abs(product[row] - dot) < 1e-12, "seed \(seed) \(inputs)")
        }
        for sample in 0..<random.layout.batch {
          let block = sample * width * width
          for row in 0..<width {
            for column in 0..<row {
              #expect(
                hessian[block + row * width + column] == hessian[block + column * width + row])
            }
          }
        }
      }
    }
  }

  @Test func occupanciesSumToOne() throws {
    for seed in 0..<200 {
      let random = try RandomBatch(seed: seed)
      let losses = try random.ctc.losses(
        random.logits, layout: random.layout, labels: random.labels)
      let occupancies = try random.ctc.occupancies(
        random.logits, layout: random.layout, labels: random.labels)
      for sample in 0..<random.layout.batch where losses[sample].isFinite {
        for frame in 0..<random.layout.lengths[sample] {
          let start = sample * random.width + frame * random.layout.vocabulary
          let row = occupancies[start..<start + random.layout.vocabulary]
          #expect(abs(row.reduce(0, +) - 1) < 1e-13 && row.allSatisfy { $0 >= 0 })
        }
      }
    }
  }

  /// Threads, the batch around a sample and its place in it change nothing, not even a bit.
  @Test func samplesAreIndependentToTheBit() throws {
    for seed in 0..<100 {
      let random = try RandomBatch(seed: seed)
      let vector = random.logits.map { cos($0) }
      func everything(
        _ logits: [Double], _ vector: [Double], _ layout: LogitsLayout, _ labels: LabelBatch,
        threads: Int
      ) throws -> [[UInt64]] {
        var ctc = random.ctc
        ctc.threads = threads
        let (losses, gradient) = try ctc.lossesAndGradient(logits, layout: layout, labels: labels)
        return [
          losses, gradient,
          try ctc.hessianVectorProducts(logits, layout: layout, labels: labels, vector: vector),
          try ctc.hessians(logits, layout: layout, labels: labels),
          try ctc.entropies(logits, layout: layout, labels: labels),
          try ctc.bestAlignments(logits, layout: layout, labels: labels).map(\.logProbability),
        ].map { $0.map(\.bitPattern) }
      }
      let whole = try everything(random.logits, vector, random.layout, random.labels, threads: 1)
      for threads in [2, 3, 8] {
        #expect(
          try everything(random.logits, vector, random.layout, random.labels, threads: threads)
            == whole)
      }
      let batch = random.layout.batch
      for sample in 0..<batch {
        let part = sample * random.width..<(sample + 1) * random.width
        let alone = try everything(
          Array(random.logits[part]), Array(vector[part]),
          LogitsLayout(
            batch: 1, time: random.layout.time, vocabulary: random.layout.vocabulary,
            lengths: [random.layout.lengths[sample]]),
          [Array(random.labels[sample])], threads: 1)
        for (one, all) in zip(alone, whole) {
          let size = all.count / batch
          #expect(one == Array(all[sample * size..<(sample + 1) * size]), "seed \(seed)")
        }
      }
    }
  }

  @Test func vocabularyOrderDoesNotMatter() throws {
    for seed in 0..<100 {
      let random = try RandomBatch(seed: seed)
      let vocabulary = random.layout.vocabulary
      var generator = SeededGenerator(seed: seed)
      let places = (0..<vocabulary).shuffled(using: &generator)
      var permuted = random.logits
      for index in permuted.indices {
        permuted[index - index % vocabulary + places[index % vocabulary]] = random.logits[index]
      }
      let labels = LabelBatch(
        (0..<random.labels.count).map { random.labels[$0].map { places[$0] } })
      var ctc = random.ctc
      ctc.blank = places[ctc.blank]
      let plain = try random.ctc.lossesAndGradient(
        random.logits, layout: random.layout, labels: random.labels)
      let moved = try ctc.lossesAndGradient(permuted, layout: random.layout, labels: labels)
      for (left, right) in zip(plain.losses, moved.losses) {
        // The softmax sums are added in another order.
        #expect(left == right || abs(left - right) < 1e-13 + 1e-15 * left)
      }
      for index in plain.gradient.indices {
        let place = index - index % vocabulary + places[index % vocabulary]
        #expect(abs(plain.gradient[index] - moved.gradient[place]) < 1e-13)
      }
    }
  }
}
