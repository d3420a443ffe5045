import Seq2SeqLosses
import TestSupport
import Testing

/// Hessian-vector products of every build of the kernels, against the general engine.
@Suite struct KernelSecondOrderTests {
  typealias Sample = KernelTests.Sample

  /// A product with a direction of normal numbers, by `variant`.
  private func product<Element: LogitElement>(
    _ variant: KernelVariant, _ sample: Sample, _ direction: [Double], _ type: Element.Type
  ) throws -> [Double] {
    try KernelVariant.$forced.withValue(variant) {
      try sample.ctc.hessianVectorProducts(
        sample.logits.map { Element(nearest: $0) }, layout: sample.layout, labels: sample.labels,
        vector: direction.map { Element(nearest: $0) }
      ).map(\.widened)
    }
  }

  private func direction(_ sample: Sample, seed: Int) -> [Double] {
    var generator = SeededGenerator(seed: seed + 7000)
    return generator.normals(sample.logits.count, scale: 1)
  }

  /// Holds all kernels against the general engine, entry by entry.
  private func compare<Element: LogitElement>(
    _ type: Element.Type, tolerance: (_ expected: Double) -> Double
  ) throws {
    var others = 0
    for seed in stride(from: 0, to: 240, by: 7) {
      let sample = try Sample(seed: seed)
      let direction = direction(sample, seed: seed)
      let truth = try product(.general, sample, direction, type)
      for kernel in KernelTests.kernels {
        let result = try product(kernel, sample, direction, type)
        for (entry, expected) in zip(result, truth) where entry != expected {
          #expect(
            abs(entry - expected) < tolerance(expected) || (entry.isNaN && expected.isNaN),
            "\(kernel) \(sample)")
        }
        if result != truth { others += 1 }
      }
    }
    // Roundings differ, so it was not the general engine that did them. Of 16 bits few do: those of log-probabilities,
    // which kernels take in Double, round alike.
    let isNarrow = Element.unitRoundoff > Float.unitRoundoff
    #expect(others > (isNarrow ? 3 : 10) * KernelTests.kernels.count)
  }

  // Tolerances are those of gradients, times what a direction adds up to on 180 frames.

  @Test func doublesAgree() throws { try compare(Double.self) { _ in 1e-8 } }

  @Test func floatsAgree() throws { try compare(Float.self) { _ in 1e-4 } }

  @Test func halvesAgree() throws {
    // And two roundings of the result.
    try compare(BFloat16.self) { 1e-4 + 2.01 * BFloat16.unitRoundoff * abs($0) }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      try compare(Float16.self) { 1e-4 + 2.01 * Float16.unitRoundoff * abs($0) }
    #endif
  }

  /// Directions that no number of the kernels holds go to the general engine, which says what they give.
  @Test(arguments: KernelTests.kernels) func wildDirectionsAgree(_ kernel: KernelVariant) throws {
    let wild: [Double] = [
      .nan, .infinity, -.infinity, 1e30, -1e300, 0x1p60, .leastNonzeroMagnitude,
    ]
    for seed in stride(from: 0, to: 140, by: 2) {
      let sample = try Sample(seed: seed)
      var direction = direction(sample, seed: seed)
      direction[seed * 31 % direction.count] = wild[seed / 2 % wild.count]
      let truth = try product(.general, sample, direction, Double.self)
      let result = try product(kernel, sample, direction, Double.self)
      let scale = direction.reduce(1) { $1.isFinite ? max($0, abs($1)) : $0 }
      for (entry, expected) in zip(result, truth) {
        #expect(
          entry == expected || (entry.isNaN && expected.isNaN)
            || abs(entry - expected) < 1e-8 * scale, "\(sample) \(wild[seed / 2 % wild.count])")
      }
    }
  }

  /// The kernels see strides, and rows that are not contiguous.
  @Test(arguments: KernelTests.kernels) func viewsGiveTheSame(_ kernel: KernelVariant) throws {
    for seed in 0..<60 {
      let sample = try Sample(seed: seed)
      let (time, vocabulary) = (sample.layout.time, sample.layout.vocabulary)
      let direction = direction(sample, seed: seed)
      func transposed(_ rows: [Double]) -> [Double] {
        (0..<rows.count).map { rows[$0 % time * vocabulary + $0 / time] }
      }
      let layout = try LogitsLayout(
        batch: 1, time: time, vocabulary: vocabulary, strides: (0, 1, time))
      try KernelVariant.$forced.withValue(kernel) {
        let expected = try sample.ctc.hessianVectorProducts(
          sample.logits, layout: sample.layout, labels: sample.labels, vector: direction)
        let result = try sample.ctc.hessianVectorProducts(
          transposed(sample.logits), layout: layout, labels: sample.labels,
          vector: transposed(direction))
        for (entry, other) in zip(result, transposed(expected)) {
          #expect(abs(entry - other) < 1e-13 || entry.isNaN && other.isNaN, "\(sample)")
        }
      }
    }
  }

  /// Samples too long to be kept whole are stepped through in segments, whose prefix sums are computed
  /// twice. Tiles end elsewhere then, so what is left out as unlikely differs: below a rounding.
  @Test(arguments: KernelTests.kernels) func segmentsAgree(_ kernel: KernelVariant) throws {
    for seed in 0..<80 {
      let sample = try Sample(seed: seed)
      let direction = direction(sample, seed: seed)
      let kept = try product(kernel, sample, direction, Double.self)
      let whole = try sample.run(kernel, sample.logits)
      try PrefixSumLimit.$kept.withValue(0) {
        let again = try product(kernel, sample, direction, Double.self)
        let parts = try sample.run(kernel, sample.logits)
        // Powers of two apart, the prefix sums are the same.
        #expect(parts.loss == whole.loss)
        for (entry, other) in zip(again + parts.gradient, kept + whole.gradient) {
          #expect(abs(entry - other) < 1e-12 || (entry.isNaN && other.isNaN), "\(sample)")
        }
      }
    }
  }

  /// The general engine sums rows of segments up again to the same bits, in every order it reads them.
  @Test func segmentsOfTheGeneralEngineAreTheSame() throws {
    for seed in 0..<60 {
      let sample = try Sample(seed: seed)
      let direction = direction(sample, seed: seed)
      let quantities = {
        let (logits, layout, labels) = (sample.logits, sample.layout, sample.labels)
        return (
          try sample.run(.general, logits).gradient.map(\.bitPattern)
            + product(.general, sample, direction, Double.self).map(\.bitPattern)
            + sample.ctc.occupancies(logits, layout: layout, labels: labels).map(\.bitPattern),
          try sample.ctc.bestAlignments(logits, layout: layout, labels: labels)
            + sample.ctc.sampledAlignments(
              logits, layout: layout, labels: labels, count: 3, seed: 5
            ).joined()
        )
      }
      let (kept, keptAlignments) = try quantities()
      let (parts, alignments) = try PrefixSumLimit.$kept.withValue(0, operation: quantities)
      #expect(parts == kept, "\(sample)")
      #expect(
        alignments == keptAlignments || alignments.allSatisfy(\.logProbability.isNaN), "\(sample)")
    }
  }
}
