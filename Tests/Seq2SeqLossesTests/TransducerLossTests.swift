import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

@Suite struct TransducerLossTests {
  /// The loss of a sample by walking all paths, and for each node how probable it is that a path leaves it by
  /// the blank and by the label.
  private struct Truth {
    var loss: Double
    var shares: [(blank: Double, label: Double)]
  }

  private func softmax(_ row: ArraySlice<Double>) -> [Double] {
    let largest = row.max() ?? 0
    let powers = row.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  private func enumerate(
    _ logits: [Double], _ frames: Int, _ positions: Int, _ vocabulary: Int, _ labels: [Int],
    _ loss: TransducerLoss
  ) -> Truth {
    var total = 0.0
    var shares = [(blank: Double, label: Double)](
      repeating: (0, 0), count: frames * positions)
    func walk(_ frame: Int, _ position: Int, _ weight: Double, _ path: [(Int, Bool)]) {
      if frame == frames {
        guard position == labels.count else { return }
        total += weight
        for (node, isLabel) in path {
          if isLabel { shares[node].label += weight } else { shares[node].blank += weight }
        }
        return
      }
      let node = frame * positions + position
      let row = softmax(logits[node * vocabulary..<(node + 1) * vocabulary])
      walk(frame + 1, position, weight * row[loss.blank], path + [(node, false)])
      guard position < labels.count else { return }
      walk(
        loss.topology == .standard ? frame : frame + 1, position + 1,
        weight * row[labels[position]], path + [(node, true)])
    }
    walk(0, 0, 1, [])
    return Truth(
      loss: -log(total), shares: shares.map { ($0.blank / total, $0.label / total) })
  }

  @Test(arguments: [TransducerTopology.standard, .monotonic], 0..<25)
  func enumeration(_ topology: TransducerTopology, _ seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let batch = Int.random(in: 1...3, using: &generator)
    let (time, positions) = (
      Int.random(in: 1...4, using: &generator), Int.random(in: 1...4, using: &generator)
    )
    let vocabulary = Int.random(in: 2...11, using: &generator)
    let blank = Int.random(in: 0..<vocabulary, using: &generator)
    let lengths = (0..<batch).map { _ in Int.random(in: 1...time, using: &generator) }
    let tokens = (0..<vocabulary).filter { $0 != blank }
    let labels = (0..<batch).map { _ in
      (0..<Int.random(in: 0..<positions, using: &generator)).map { _ in
        tokens.randomElement(using: &generator) ?? 0
      }
    }
    let size = time * positions * vocabulary
    let logits = (0..<batch * size).map { _ in Double.random(in: -3...3, using: &generator) }
    let layout = try JoinerLayout(
      batch: batch, time: time, positions: positions, vocabulary: vocabulary, lengths: lengths)
    let loss = TransducerLoss(
      blank: blank, topology: topology, fastEmit: seed % 3 == 0 ? 0.25 : 0,
      gradientLimit: seed % 5 == 0 ? 0.125 : nil)
    let (losses, gradient) = try loss.lossesAndGradient(
      logits, layout: layout, labels: LabelBatch(labels))
    #expect(try loss.losses(logits.span, layout: layout, labels: LabelBatch(labels)) == losses)
    for sample in 0..<batch {
      let values = Array(logits[sample * size..<(sample + 1) * size])
      let truth = enumerate(
        values, lengths[sample], positions, vocabulary, labels[sample], loss)
      // Sums of a few dozen products of a few factors.
      #expect(
        losses[sample] == truth.loss
          || abs(losses[sample] - truth.loss) < 1e-13 * max(1, truth.loss))
      for index in 0..<size {
        let (node, token) = (index / vocabulary, index % vocabulary)
        let (frame, position) = (node / positions, node % positions)
        var expected = 0.0
        if frame < lengths[sample], position <= labels[sample].count, truth.loss < .infinity {
          let row = softmax(values[node * vocabulary..<(node + 1) * vocabulary])
          let (blankShare, share) = truth.shares[node]
          let labelShare = share * (1 + loss.fastEmit)
          expected = (blankShare + labelShare) * row[token]
          if token == blank { expected -= blankShare }
          if position < labels[sample].count, token == labels[sample][position] {
            expected -= labelShare
          }
          let limit = loss.gradientLimit ?? .infinity
          expected = min(limit, max(-limit, expected))
        }
        #expect(abs(gradient[sample * size + index] - expected) < 1e-13)
      }
    }
  }

  /// Figures of warp-transducer's tests (tests/test_cpu.cpp: `small_test`).
  @Test func warpTransducer() throws {
    let logits: [Float] = [
      0.1, 0.6, 0.1, 0.1, 0.1, 0.1, 0.1, 0.6, 0.1, 0.1, 0.1, 0.1, 0.2, 0.8, 0.1,
      0.1, 0.6, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.7, 0.1, 0.2, 0.1, 0.1,
    ]
    let expected: [Float] = [
      -0.13116688, -0.3999269, 0.17703125, 0.17703125, 0.17703125, -0.18572757, 0.12247056,
      -0.18168412, 0.12247056, 0.12247056, -0.32091254, 0.06269141, 0.06928472, 0.12624499,
      0.06269141, 0.05456069, -0.21824276, 0.05456069, 0.05456069, 0.05456069, 0.12073959,
      0.12073959, -0.48295835, 0.12073959, 0.12073959, -0.6925882, 0.16871116, 0.18645467,
      0.16871116, 0.16871116,
    ]
    let layout = try JoinerLayout(batch: 1, time: 2, positions: 3, vocabulary: 5)
    let (losses, gradient) = try TransducerLoss().lossesAndGradient(
      logits, layout: layout, labels: [[1, 2]])
    // The figures have seven digits.
    #expect(abs(losses[0] - 4.495666) < 1e-6)
    for (value, truth) in zip(gradient, expected) { #expect(abs(value - truth) < 1e-6) }
  }

  /// Against central differences of the gradient along the vector.
  @Test(arguments: [TransducerTopology.standard, .monotonic], 0..<10)
  func hessianVectorProduct(_ topology: TransducerTopology, _ seed: Int) throws {
    var generator = SeededGenerator(seed: 50 + seed)
    let (time, positions, vocabulary) = (4, 3, Int.random(in: 3...10, using: &generator))
    let layout = try JoinerLayout(
      batch: 2, time: time, positions: positions, vocabulary: vocabulary, lengths: [4, 3])
    let size = 2 * time * positions * vocabulary
    var logits = (0..<size).map { _ in Double.random(in: -2...2, using: &generator) }
    let vector = (0..<size).map { _ in Double.random(in: -1...1, using: &generator) }
    // An impossible token, which no path needs.
    if vocabulary > 3 { logits[3] = -.infinity }
    let labels: LabelBatch = [[1, 2], [2]]
    let loss = TransducerLoss(topology: topology)
    let product = try loss.hessianVectorProducts(
      logits, layout: layout, labels: labels, vector: vector)
    let step = 1e-5
    let sides = try [step, -step].map { step in
      try loss.lossesAndGradient(
        zip(logits, vector).map { $0 + step * $1 }, layout: layout, labels: labels
      ).gradient
    }
    for index in 0..<size {
      let difference = (sides[0][index] - sides[1][index]) / (2 * step)
      // The differences err by step² and by rounding / step.
      #expect(abs(product[index] - difference) < 1e-9, "\(index)")
    }
  }

  @Test func compactArraysAndThreads() throws {
    var generator = SeededGenerator(seed: 3)
    let (lengths, labels) = ([3, 1, 0, 4], [[1, 2], [3], [], [2, 2, 1]])
    var padded = [Float](repeating: .nan, count: 4 * 5 * 4 * 6)
    var compact: [Float] = []
    for sample in 0..<4 {
      for frame in 0..<lengths[sample] {
        for position in 0...labels[sample].count {
          for token in 0..<6 {
            let value = Float.random(in: -4...4, using: &generator)
            padded[((sample * 5 + frame) * 4 + position) * 6 + token] = value
            compact.append(value)
          }
        }
      }
    }
    let dense = try JoinerLayout(
      batch: 4, time: 5, positions: 4, vocabulary: 6, lengths: lengths)
    let packed = try JoinerLayout(
      compact: lengths, labelCounts: labels.map(\.count), vocabulary: 6)
    let one = try TransducerLoss(threads: 1).lossesAndGradient(
      padded, layout: dense, labels: LabelBatch(labels))
    let many = try TransducerLoss(threads: 3).lossesAndGradient(
      padded, layout: dense, labels: LabelBatch(labels))
    let other = try TransducerLoss().lossesAndGradient(
      compact, layout: packed, labels: LabelBatch(labels))
    #expect(one.losses == many.losses && one.gradient == many.gradient)
    #expect(one.losses == other.losses && one.losses[2] == 0)
    #expect(one.gradient.filter { $0 != 0 } == other.gradient.filter { $0 != 0 })
    #expect(one.gradient.allSatisfy { $0.isFinite })
  }

  /// Weights and reductions, by the kernels and by the general engine.
  @Test func reductions() throws {
    var generator = SeededGenerator(seed: 8)
    let layout = try JoinerLayout(batch: 2, time: 3, positions: 3, vocabulary: 9)
    let logits = (0..<2 * 81).map { _ in Double.random(in: -2...2, using: &generator) }
    let labels: LabelBatch = [[1, 2], [3]]
    for wildcard in [nil, TransducerWildcard()] {
      let loss = TransducerLoss(wildcard: wildcard, gradientLimit: 0.3)
      let (losses, gradient) = try loss.lossesAndGradient(logits, layout: layout, labels: labels)
      for (reduction, weights) in [
        (LossReduction.sum, [1.0, 1]), (.mean, [0.5, 0.5]), (.meanByLabelLength, [0.25, 0.5]),
      ] {
        let (value, slope) = try loss.lossAndGradient(
          logits, layout: layout, labels: labels, reduction: reduction)
        #expect(value == losses[0] * weights[0] + losses[1] * weights[1])
        #expect(
          try loss.loss(logits, layout: layout, labels: labels, reduction: reduction) == value)
        for (index, part) in slope.enumerated() {
          #expect(abs(part - gradient[index] * weights[index / 81]) < 1e-15)
        }
      }
      #expect(throws: InputError.self) {
        try loss.lossesAndGradient(logits, layout: layout, labels: labels, weights: [1])
      }
    }
  }

  @Test func edges() throws {
    let layout = try JoinerLayout(
      batch: 5, time: 2, positions: 2, vocabulary: 3, lengths: [2, 2, 0, 2, 2])
    var logits = [Double](repeating: 0, count: 5 * 12)
    logits[0] = .nan
    // Sample 1: its label is impossible; sample 3: a row of nothing; sample 4: enormous logits.
    for node in 0..<4 { logits[12 + 3 * node + 1] = -.infinity }
    for token in 36..<39 { logits[token] = -.infinity }
    for token in 48..<60 { logits[token] = token % 3 == 0 ? 1e300 : -1e300 }
    let (losses, gradient) = try TransducerLoss().lossesAndGradient(
      logits, layout: layout, labels: [[1], [1], [1], [1], []])
    #expect(losses[0].isNaN && losses[3].isNaN)
    #expect(losses[1] == .infinity && losses[2] == .infinity && losses[4] == 0)
    #expect(gradient[0..<12].allSatisfy(\.isNaN) && gradient[36..<48].allSatisfy(\.isNaN))
    #expect(gradient[12..<36].allSatisfy { $0 == 0 } && gradient[48...].allSatisfy { $0 == 0 })
  }

  @Test func mistakes() throws {
    let layout = try JoinerLayout(batch: 1, time: 2, positions: 2, vocabulary: 3)
    let logits = [Float](repeating: 0, count: 12)
    func expectError(
      _ loss: TransducerLoss, _ labels: LabelBatch, _ logits: [Float], _ argument: String
    ) {
      let error = #expect(throws: InputError.self) {
        try loss.losses(logits.span, layout: layout, labels: labels)
      }
      #expect(error?.description.contains(argument) == true)
    }
    expectError(TransducerLoss(blank: 3), [[1]], logits, "blank")
    expectError(TransducerLoss(blank: -1), [[1]], logits, "blank")
    expectError(TransducerLoss(fastEmit: -1), [[1]], logits, "fastEmit")
    expectError(TransducerLoss(fastEmit: .nan), [[1]], logits, "fastEmit")
    expectError(TransducerLoss(gradientLimit: 0), [[1]], logits, "gradientLimit")
    expectError(TransducerLoss(threads: 0), [[1]], logits, "threads")
    expectError(TransducerLoss(), [[1, 2]], logits, "labels")
    expectError(TransducerLoss(), [[0]], logits, "labels")
    expectError(TransducerLoss(), [[3]], logits, "labels")
    expectError(TransducerLoss(), [], logits, "labels")
    expectError(TransducerLoss(), [[1]], Array(logits.dropLast()), "logits")
    // More nodes than memory has, of few rows; and moves beyond all frames.
    let long = 1 << 15
    let narrow = try JoinerLayout(
      batch: 1, time: long, range: 1, vocabulary: 2,
      firstPositions: [[Int](repeating: 0, count: long)])
    #expect(throws: InputError.self) {
      try TransducerLoss().losses(
        [Float](repeating: 0, count: 2 * long), layout: narrow,
        labels: [[Int](repeating: 1, count: long)])
    }
    let far = TransducerLoss(topology: .tokenAndDuration([1, 1 << 24]))
    let wide = try JoinerLayout(batch: 1, time: 2, positions: 1, vocabulary: 3)
    #expect(try far.losses([Float](repeating: 0, count: 6), layout: wide, labels: [[]])[0].isFinite)
    let most = LogitsLayout.largestAxis
    for (topology, error) in [
      (
        .tokenAndDuration([1, 1]),
        InputError("durations", position: 1, "1 is there twice")
      ),
      (
        .tokenAndDuration([0, 1 << 62]),
        InputError("durations", position: 1, "\(1 << 62) is outside 0...\(most)")
      ),
      (
        .tokenAndDuration([-1, 1]),
        InputError("durations", position: 0, "-1 is outside 0...\(most)")
      ),
      (.tokenAndDuration([0]), InputError("durations", "[0] never leave a frame")),
      (
        .multiBlank([2: 0]),
        InputError("bigBlanks", "0 frames of token 2 are outside 1...\(most)")
      ),
    ] as [(TransducerTopology, InputError)] {
      #expect(throws: error) {
        try TransducerLoss(topology: topology).losses(logits.span, layout: layout, labels: [[]])
      }
    }
    for sizes in [(-1, 1, 1, 1), (1, -1, 1, 1), (1, 1, 0, 1), (1, 1, 1, -1), (.max, 2, 2, 2)] {
      #expect(throws: InputError.self) {
        try JoinerLayout(
          batch: sizes.0, time: sizes.1, positions: sizes.2, vocabulary: sizes.3)
      }
    }
    for lengths in [[], [3], [-1], [1, 1]] {
      #expect(throws: InputError.self) {
        try JoinerLayout(batch: 1, time: 2, positions: 1, vocabulary: 1, lengths: lengths)
      }
    }
    #expect(throws: InputError.self) {
      try JoinerLayout(compact: [1], labelCounts: [-1], vocabulary: 2)
    }
    #expect(throws: InputError.self) {
      try JoinerLayout(compact: [1], labelCounts: [], vocabulary: 2)
    }
  }
}
