import Foundation
import TestSupport
import Testing

@testable import Seq2SeqLosses

/// Every variant, by every build of the kernels and by the general engine, compared with an
/// enumeration of all paths.
@Suite struct TransducerFamilyTests {
  /// A random batch with all options that a member can have.
  struct Case {
    var loss = TransducerLoss()
    var layout: JoinerLayout
    var labels: [[Int]] = []
    var logits: [Double] = []
    var vocabulary = 0
    var oracles: [[(weight: Double, enumeration: TransducerEnumeration)]] = []
    var time = 0
    var positions = 0
    var columns = 0
    var first: [[Int]] = []

    init(_ seed: Int) throws {
      var generator = SeededGenerator(seed: seed)
      func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
      let batch = random(1...2)
      let time = random(1...5)
      self.time = time
      vocabulary = seed % 4 == 0 ? random(17...40) : random(5...9)
      let family: TransducerEnumeration.Family
      let member = seed % 5
      let blank = random(0...vocabulary - 1)
      var tokens = (0..<vocabulary).filter { $0 != blank }
      switch member {
      case 1: (family, loss.topology) = (.monotonic, .monotonic)
      case 2:
        let big = tokens.removeFirst()
        let other = tokens.removeLast()
        family = .multiBlank([(big, 2), (other, 3)])
        loss.topology = .multiBlank([big: 2, other: 3])
      case 3:
        let durations = seed % 2 == 0 ? [0, 1, 2, 4] : [1, 3]
        (family, loss.topology) = (.tokenAndDuration(durations), .tokenAndDuration(durations))
      case 4:
        let durations = [2, 0, 1]
        (family, loss.topology) = (.tokenAndDuration(durations), .tokenAndDuration(durations))
      default: family = .standard
      }
      loss.blank = blank
      loss.normalization = [.softmax, .softmax, .factored, .none][random(0...3)]
      loss.underNormalization = random(0...2) == 0 ? 0.15 : 0
      loss.standardShare = random(0...3) == 0 ? 0.3 : 0
      loss.fastEmit = random(0...3) == 0 ? 0.25 : 0
      loss.wildcard =
        random(0...4) == 0
        ? TransducerWildcard(logWeight: -0.5, endsWithBlank: random(0...1) == 0) : nil
      let longest = random(0...3)
      var labels: [[Int]] = []
      for _ in 0..<batch {
        labels.append(
          (0..<random(0...longest)).map { _ in tokens.randomElement(using: &generator) ?? 0 })
      }
      self.labels = labels
      let lengths = (0..<batch).map { _ in random(0...time) }
      let durations = loss.topology.durations.count
      columns = vocabulary + durations
      let isPruned = random(0...3) == 0
      positions = isPruned ? random(1...longest + 1) : longest + 1
      if isPruned {
        first = labels.map { labels in
          (0..<time).map { _ in Int.random(in: 0...labels.count, using: &generator) }.sorted()
        }
        layout = try JoinerLayout(
          batch: batch, time: time, range: positions, vocabulary: columns, firstPositions: first,
          lengths: lengths)
      } else {
        layout = try JoinerLayout(
          batch: batch, time: time, positions: positions, vocabulary: columns, lengths: lengths)
      }
      let count = batch * time * positions * columns
      logits = (0..<count).map { _ in Double.random(in: -3...3, using: &generator) }
      if loss.normalization == .none { logits = logits.map { $0 - 3 } }
      // Impossible tokens.
      for _ in 0..<random(0...2) { logits[random(0...max(0, count - 1))] = -.infinity }
      var windows: [[Range<Int>]] = []
      let isRestricted = random(0...3) == 0
      if isRestricted {
        windows = labels.map { labels in
          labels.map { _ in
            let first = Int.random(in: 0...time, using: &generator)
            return first..<Int.random(in: first...time, using: &generator)
          }
        }
        layout = try layout.restricted(to: windows)
      }
      for sample in 0..<batch {
        let kinds: [(Double, TransducerEnumeration.Family)] =
          loss.standardShare > 0
          ? [(1 - loss.standardShare, family), (loss.standardShare, .standard)] : [(1, family)]
        oracles.append(
          kinds.enumerated().map { index, kind in
            var oracle = TransducerEnumeration(
              family: kind.1,
              rows: loss.normalization == .softmax
                ? .softmax : loss.normalization == .factored ? .factored : .logarithms,
              blank: blank, labels: labels[sample], frames: lengths[sample], vocabulary: vocabulary)
            if index == 0 { oracle.underNormalization = loss.underNormalization }
            oracle.fastEmit = loss.fastEmit
            oracle.jump = loss.wildcard.map { (exp($0.logWeight), $0.endsWithBlank) }
            if isPruned {
              let (first, positions) = (first[sample], positions)
              oracle.holds = { first[$0] <= $1 && $1 < first[$0] + positions }
            }
            if isRestricted {
              let windows = windows[sample]
              oracle.allows = { windows[$0].contains($1) }
            }
            return (kind.0, oracle)
          })
      }
    }

    func row(_ sample: Int, _ frame: Int, _ position: Int) -> Range<Int> {
      let base = first.isEmpty ? 0 : first[sample][frame]
      let node = (sample * time + frame) * positions + position - base
      return node * columns..<(node + 1) * columns
    }

    /// The losses and the gradient by enumeration.
    func truth(_ logits: [Double]) -> (losses: [Double], gradient: [Double]) {
      var gradient = [Double](repeating: 0, count: logits.count)
      var losses: [Double] = []
      for (sample, kinds) in oracles.enumerated() {
        var loss = 0.0
        var parts: [(Double, [[Int]: [Double]])] = []
        for (weight, oracle) in kinds {
          let (value, part) = oracle.lossAndGradient { frame, position in
            var row = Array(logits[row(sample, frame, position)])
            // A standard path has no durations.
            if oracle.columns < row.count { row = Array(row[..<oracle.columns]) }
            return row
          }
          loss += weight * value
          parts.append((weight, part))
        }
        losses.append(loss)
        guard loss < .infinity else { continue }
        for (weight, part) in parts {
          for (node, row) in part {
            let first = self.row(sample, node[0], node[1]).lowerBound
            for (column, value) in row.enumerated() { gradient[first + column] += weight * value }
          }
        }
      }
      return (losses, gradient)
    }
  }

  static let variants = KernelVariant.allCases.filter(\.isSupported)

  @Test(arguments: 0..<150) func enumeration(_ seed: Int) throws {
    let sample = try Case(seed)
    let truth = sample.truth(sample.logits)
    let labels = LabelBatch(sample.labels)
    for variant in Self.variants {
      try KernelVariant.$forced.withValue(variant) {
        let (losses, gradient) = try sample.loss.lossesAndGradient(
          sample.logits, layout: sample.layout, labels: labels)
        #expect(
          try sample.loss.losses(sample.logits, layout: sample.layout, labels: labels) == losses)
        // Sums of up to hundreds of products of up to a dozen factors.
        for (loss, expected) in zip(losses, truth.losses) {
          #expect(
            loss == expected || abs(loss - expected) < 1e-12 * max(1, abs(expected)),
            "\(variant)")
        }
        for (index, expected) in truth.gradient.enumerated() {
          #expect(abs(gradient[index] - expected) < 1e-12, "\(variant) \(index)")
        }
        var inPlace = sample.logits
        var inPlaceLosses = [Double](repeating: 0, count: losses.count)
        var span = inPlace.mutableSpan
        var lossSpan = inPlaceLosses.mutableSpan
        try sample.loss.lossesAndGradient(
          replacing: &span, layout: sample.layout, labels: labels, into: &lossSpan)
        #expect(inPlaceLosses == losses)
        #expect(inPlace == gradient, "\(variant)")
        try floats(sample, truth, variant)
      }
    }
  }

  /// In single precision; rows of halves are held against those of the same numbers.
  private func floats(
    _ sample: Case, _ truth: (losses: [Double], gradient: [Double]), _ variant: KernelVariant
  ) throws {
    let labels = LabelBatch(sample.labels)
    let (losses, gradient) = try sample.loss.lossesAndGradient(
      sample.logits.map { Float($0) }, layout: sample.layout, labels: labels)
    // Of five steps of logits rounded to 24 bits.
    for (loss, expected) in zip(losses, truth.losses) {
      #expect(loss == expected || abs(loss - expected) < 3e-6 * max(1, abs(expected)))
    }
    for (index, expected) in truth.gradient.enumerated() {
      #expect(abs(Double(gradient[index]) - expected) < 3e-6, "\(variant) \(index)")
    }
    let halves = sample.logits.map { BFloat16(Float($0)) }
    let half = try sample.loss.lossesAndGradient(halves, layout: sample.layout, labels: labels)
    let whole = try sample.loss.lossesAndGradient(
      halves.map(\.float), layout: sample.layout, labels: labels)
    #expect(half.losses == whole.losses)
    for (index, value) in whole.gradient.enumerated() {
      // A sum and a difference, each rounded to 8 bits.
      #expect(abs(half.gradient[index].float - value) <= 0x1p-7, "\(variant) \(index)")
    }
  }

  /// Against central differences of the enumerated gradient, for those whose gradient is a derivative.
  @Test(arguments: 200..<250) func hessianVectorProduct(_ seed: Int) throws {
    var sample = try Case(seed)
    sample.loss.fastEmit = 0
    for index in sample.oracles.indices {
      for kind in sample.oracles[index].indices {
        sample.oracles[index][kind].enumeration.fastEmit = 0
      }
    }
    var generator = SeededGenerator(seed: 7 * seed)
    let vector = sample.logits.map { _ in Double.random(in: -1...1, using: &generator) }
    let product = try sample.loss.hessianVectorProducts(
      sample.logits, layout: sample.layout, labels: LabelBatch(sample.labels), vector: vector)
    let step = 1e-5
    let sides = [step, -step].map { step in
      sample.truth(zip(sample.logits, vector).map { $0 + step * $1 }).gradient
    }
    for index in product.indices {
      let difference = (sides[0][index] - sides[1][index]) / (2 * step)
      // The differences err by step² and by rounding / step.
      #expect(abs(product[index] - difference) < 1e-8, "\(index)")
    }
  }

  @Test(arguments: 0..<6) func hessian(_ seed: Int) throws {
    let sample = try Case(300 + seed)
    let labels = LabelBatch(sample.labels)
    let hessians = try sample.loss.hessians(sample.logits, layout: sample.layout, labels: labels)
    var generator = SeededGenerator(seed: seed)
    let vector = sample.logits.map { _ in Double.random(in: -1...1, using: &generator) }
    let product = try sample.loss.hessianVectorProducts(
      sample.logits, layout: sample.layout, labels: labels, vector: vector)
    let size = sample.time * sample.positions * sample.columns
    for index in 0..<sample.layout.batch {
      for row in 0..<size {
        let start = (index * size + row) * size
        let sum = (0..<size).reduce(0) { $0 + hessians[start + $1] * vector[index * size + $1] }
        // Sums of hundreds of terms of at most 1.
        #expect(abs(sum - product[index * size + row]) < 1e-12)
      }
    }
  }

  /// NeMo's test of its TDT loss: all logits 0, three frames, one label, σ 0.05; figures as there.
  @Test func tokenAndDurationFigures() throws {
    let loss = TransducerLoss(
      blank: 3, topology: .tokenAndDuration([0, 1, 2]), underNormalization: 0.05)
    let layout = try JoinerLayout(batch: 1, time: 3, positions: 2, vocabulary: 7)
    let (losses, gradient) = try loss.lossesAndGradient(
      [Float](repeating: 0, count: 42), layout: layout, labels: [[0]])
    #expect(abs(losses[0] - 4.155739) < 1e-6)
    let expected: [Float] = [
      -0.64962804, 0.25, 0.25, 0.14962798, 0.2672583, -0.16792619, -0.09933221,
      0.01651875, 0.01651875, 0.01651875, -0.04955626, 0.022025, -0.01227201, -0.009753,
      -0.04892651, 0.01714851, 0.01714851, 0.01462949, -0.01143234, -0.01143234, 0.02286467,
      0.12531489, 0.12531489, 0.12531489, -0.37594467, 0.16708651, 0.13027048, -0.29735702,
      -0.02572276, 0.00857425, 0.00857425, 0.00857425, -0.02286468, 0.01143234, 0.01143234,
      0.13388914, 0.13388914, 0.13388914, -0.40166742, 0.17851885, -0.35703772, 0.17851885,
    ]
    for (value, truth) in zip(gradient, expected) { #expect(abs(value - truth) < 1e-6) }
  }

  /// Where every row is far from the others, and where gaps leave the range of any mantissa.
  @Test(arguments: [1.0, 30, 1000, 1e5, 1e10]) func scales(_ scale: Double) throws {
    var generator = SeededGenerator(seed: 11)
    let (time, positions, vocabulary) = (30, 20, 33)
    let layout = try JoinerLayout(
      batch: 1, time: time, positions: positions, vocabulary: vocabulary)
    let logits = (0..<time * positions * vocabulary).map { _ in
      (scale * Double.random(in: -1...1, using: &generator)).rounded(.down)
    }
    let labels: LabelBatch = [(1..<positions).map { 1 + $0 % (vocabulary - 1) }]
    let general = try KernelVariant.$forced.withValue(.general) {
      try TransducerLoss().lossesAndGradient(logits, layout: layout, labels: labels)
    }
    for variant in Self.variants {
      let (losses, gradient) = try KernelVariant.$forced.withValue(variant) {
        try TransducerLoss().lossesAndGradient(logits, layout: layout, labels: labels)
      }
      #expect(abs(losses[0] - general.losses[0]) <= 1e-13 * general.losses[0], "\(variant)")
      for (value, truth) in zip(gradient, general.gradient) { #expect(abs(value - truth) < 1e-11) }
    }
    #expect(general.losses[0].isFinite && general.gradient.allSatisfy(\.isFinite))
  }

  /// More labels than frames and the other way round, long enough for several vectors.
  @Test(arguments: [(3, 70), (70, 3), (40, 40), (1, 0), (200, 31)])
  func shapes(_ frames: Int, _ labels: Int) throws {
    var generator = SeededGenerator(seed: frames)
    let layout = try JoinerLayout(batch: 1, time: frames, positions: labels + 1, vocabulary: 8)
    let logits = (0..<frames * (labels + 1) * 8).map { _ in
      Double.random(in: -3...3, using: &generator)
    }
    let sequence: LabelBatch = [(0..<labels).map { 1 + $0 % 3 }]
    let long = [0, 20, 1, 7]
    for topology in [TransducerTopology.standard, .monotonic, .tokenAndDuration(long)] {
      let loss = TransducerLoss(topology: topology)
      let general = try KernelVariant.$forced.withValue(.general) {
        try loss.lossesAndGradient(logits, layout: layout, labels: sequence)
      }
      for variant in Self.variants {
        let (losses, gradient) = try KernelVariant.$forced.withValue(variant) {
          try loss.lossesAndGradient(logits, layout: layout, labels: sequence)
        }
        #expect(
          losses == general.losses
            || abs(losses[0] - general.losses[0]) <= 1e-13 * general.losses[0])
        for (value, truth) in zip(gradient, general.gradient) {
          #expect(abs(value - truth) < 1e-12)
        }
      }
    }
  }
}
