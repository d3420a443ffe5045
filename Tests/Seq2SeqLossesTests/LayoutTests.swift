import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// The same numbers in any layout and any element type.
@Suite struct LayoutTests {
  let dense: LogitsLayout
  let logits: [Double]
  let labels: LabelBatch = [[1, 2, 2], [], [3]]

  init() throws {
    dense = try LogitsLayout(batch: 3, time: 7, vocabulary: 4, lengths: [7, 3, 5])
    var generator = SeededGenerator(seed: 3)
    // Exact in every element type.
    logits = (0..<84).map { _ in Double(Int.random(in: -16...16, using: &generator)) / 8 }
  }

  @Test func viewsGiveTheSameBits() throws {
    let ctc = CTCLoss()
    let (losses, gradient) = try ctc.lossesAndGradient(logits, layout: dense, labels: labels)
    let vector = logits.map { cos($0) }
    let product = try ctc.hessianVectorProducts(
      logits, layout: dense, labels: labels, vector: vector)
    let best = try ctc.bestAlignments(logits, layout: dense, labels: labels)
    let lengths = dense.lengths
    let views = [
      try LogitsLayout(batch: 3, time: 7, vocabulary: 4, lengths: lengths, timeMajor: true),
      // Vocabulary first, padded rows, an offset, everything backwards.
      try LogitsLayout(batch: 3, time: 7, vocabulary: 4, strides: (7, 1, 21), lengths: lengths),
      try LogitsLayout(
        batch: 3, time: 7, vocabulary: 4, strides: (100, 12, 3), offset: 5, lengths: lengths),
      try LogitsLayout(
        batch: 3, time: 7, vocabulary: 4, strides: (-28, -4, -1), offset: 83, lengths: lengths),
    ]
    for view in views {
      func place(_ values: [Double], rest: Double) -> [Double] {
        var placed = [Double](repeating: rest, count: 300)
        for index in values.indices { placed[self.index(index, in: view)] = values[index] }
        return placed
      }
      let input = place(logits, rest: .nan)
      let moved = try ctc.lossesAndGradient(input, layout: view, labels: labels)
      #expect(moved.losses == losses)
      // Memory outside the layout is unchanged.
      #expect(moved.gradient == place(gradient, rest: 0))
      let movedProduct = try ctc.hessianVectorProducts(
        input, layout: view, labels: labels, vector: place(vector, rest: .nan))
      #expect(movedProduct == place(product, rest: 0))
      #expect(try ctc.bestAlignments(input, layout: view, labels: labels) == best)
      var buffer = [Double](repeating: 9, count: 84)
      var lossBuffer = [0.0, 0, 0]
      var bufferSpan = buffer.mutableSpan
      var lossSpan = lossBuffer.mutableSpan
      try ctc.lossesAndGradient(
        input.span, layout: view, labels: labels, into: &lossSpan, gradient: &bufferSpan,
        output: GradientOutput(layout: dense))
      #expect(buffer == gradient && lossBuffer == losses)
    }
  }

  /// Where a view has the element that the dense layout has at `index`.
  private func index(_ index: Int, in view: LogitsLayout) -> Int {
    view.offset + index / 28 * view.batchStride + index % 28 / 4 * view.timeStride
      + index % 4 * view.vocabularyStride
  }

  @Test func broadcastSamplesShareLogits() throws {
    let shared = try LogitsLayout(batch: 3, time: 7, vocabulary: 4, strides: (0, 4, 1))
    let losses = try CTCLoss().losses(Array(logits.prefix(28)), layout: shared, labels: labels)
    let one = try LogitsLayout(batch: 1, time: 7, vocabulary: 4)
    for sample in 0..<3 {
      let alone = try CTCLoss().losses(
        Array(logits.prefix(28)), layout: one, labels: [Array(labels[sample])])
      #expect(alone == [losses[sample]])
    }
  }

  @Test func elementTypesAgree() throws {
    let ctc = CTCLoss()
    let (losses, gradient) = try ctc.lossesAndGradient(logits, layout: dense, labels: labels)
    func check<Element: LogitElement>(_ type: Element.Type) throws {
      let narrow = logits.map { Element(nearest: $0) }
      let result = try ctc.lossesAndGradient(narrow, layout: dense, labels: labels)
      // Narrow logits have softmax numerators in Float: 2e-7 each, of which a path has seven.
      for (loss, exact) in zip(result.losses, losses) { #expect(abs(loss - exact) < 1.4e-6) }
      for (entry, exact) in zip(result.gradient, gradient) {
        // One rounding more; subnormal halves have a spacing of 2^-24.
        let rounding = abs(exact) * Element.unitRoundoff * 1.01 + 0x1p-25
        #expect(abs(entry.widened - exact) <= rounding + 1.4e-6)
      }
    }
    try check(Float.self)
    try check(BFloat16.self)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      try check(Float16.self)
    #endif
  }

  @Test func rawBFloat16Words() throws {
    let words = logits.map { BFloat16(Float($0)).bitPattern }
    let losses = try withBFloat16(words.span) { numbers in
      try CTCLoss().losses(numbers, layout: dense, labels: labels)
    }
    let brains = logits.map { BFloat16(Float($0)) }
    #expect(try losses == CTCLoss().losses(brains, layout: dense, labels: labels))
    var output = words
    var outputSpan = output.mutableSpan
    withMutableBFloat16(&outputSpan) { $0[0] = BFloat16(1) }
    #expect(output[0] == 0x3F80 && Array(output.dropFirst()) == Array(words.dropFirst()))
    #expect(withBFloat16([UInt16]().span) { $0.count } == 0)
  }

  @Test func bfloat16RoundsToNearestEven() {
    for word in stride(from: UInt16.min, through: .max, by: 7) {
      let number = BFloat16(bitPattern: word)
      if number.float.isNaN {
        #expect(BFloat16(number.float).float.isNaN)
      } else {
        #expect(BFloat16(number.float) == number)
      }
    }
    // Half way between 1 and the next, to the even one; above it, up.
    #expect(BFloat16(1 + 0x1p-8).float == 1)
    #expect(BFloat16(1 + 0x1p-8 + 0x1p-20).float == 1 + 0x1p-7)
    #expect(BFloat16(1 + 3 * 0x1p-8).float == 1 + 0x1p-6)
    #expect(BFloat16(.greatestFiniteMagnitude).float == .infinity)
    #expect(BFloat16(-.infinity).float == -.infinity)
  }

  @Test func labelBatchesAgree() throws {
    let concatenated = try LabelBatch(concatenated: [1, 2, 2, 3] as [Int32], lengths: [3, 0, 1])
    let padded = try LabelBatch(
      padded: [1, 2, 2, 9, 9, 9, 3, 9, 9] as [UInt8], width: 3, lengths: [3, 0, 1])
    #expect(concatenated == labels && padded == labels && labels.lengths == [3, 0, 1])
    #expect(Array(labels[2]) == [3] && labels.count == 3 && LabelBatch([]).count == 0)
  }
}
