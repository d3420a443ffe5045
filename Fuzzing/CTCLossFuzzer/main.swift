import FuzzSupport
import Seq2SeqLosses

/// Compares CTC losses and gradients of each build of the kernels with the general engine, batches
/// with single samples, several threads with one, and padded rows with contiguous rows.
fuzz { bytes, count in
  var bytes = FuzzedBytes(bytes, count)
  switch bytes.number(below: 8) {
  case 0: check(Double.self, &bytes)
  case 1: check(BFloat16.self, &bytes)
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    case 2: check(Float16.self, &bytes)
  #endif
  default: check(Float.self, &bytes)
  }
  return 0
}

private func check<Element: LogitElement>(_ type: Element.Type, _ bytes: inout FuzzedBytes) {
  let batch = bytes.number(in: 1...3)
  let vocabulary = bytes.number(in: 1...40)
  let time = bytes.number(in: 0...90)
  let blank = bytes.number(below: vocabulary)
  var ctc = CTCLoss(
    blank: blank, topology: CTCTopology.allCases[bytes.number(below: CTCTopology.allCases.count)],
    inputs: bytes.flag() ? .logits : .logProbabilities, threads: 1)
  let lengths = (0..<batch).map { _ in bytes.flag() ? time : bytes.number(in: 0...time) }
  let tokens = (0..<vocabulary).filter { $0 != blank }
  let labels = (0..<batch).map { _ in
    tokens.isEmpty ? [] : (0..<bytes.number(below: 24)).map { _ in bytes.choice(tokens) }
  }
  let weights: [Double]? = bytes.flag() ? (0..<batch).map { _ in bytes.logit() } : nil
  let padding = bytes.number(below: 3)
  // A repeated pattern: the fuzzer's inputs stay short, but samples may be long.
  var pattern: [Double] = []
  while !bytes.isEmpty && pattern.count < 1000 {
    pattern.append(ctc.inputs == .logits ? bytes.logit() : bytes.logProbability())
  }
  if pattern.isEmpty { pattern = [0] }
  let logits = (0..<batch * time * vocabulary).map {
    Element(nearest: pattern[($0 + $0 / vocabulary % 7) % pattern.count])
  }
  guard
    let layout = try? LogitsLayout(
      batch: batch, time: time, vocabulary: vocabulary, lengths: lengths)
  else { fatalError("a layout that is none") }

  func run(
    _ variant: KernelVariant, _ logits: [Element], _ layout: LogitsLayout, _ labels: [[Int]],
    _ weights: [Double]?
  ) -> (losses: [Double], gradient: [Double]) {
    KernelVariant.$forced.withValue(variant) {
      do {
        let (losses, gradient) = try ctc.lossesAndGradient(
          logits, layout: layout, labels: LabelBatch(labels), weights: weights)
        let alone = try ctc.losses(logits, layout: layout, labels: LabelBatch(labels))
        // Weights that are NaN or beyond 2^64 go to the general engine; losses without a gradient
        // do not.
        precondition(
          areIdentical(losses, alone) || weights?.allSatisfy { $0.magnitude <= 0x1p64 } == false,
          "\(variant) \(ctc): \(losses) are \(alone) without a gradient")
        var replaced = logits
        var inPlace = losses
        var span = replaced.mutableSpan
        var lossSpan = inPlace.mutableSpan
        try ctc.lossesAndGradient(
          replacing: &span, layout: layout, labels: LabelBatch(labels), weights: weights,
          into: &lossSpan)
        precondition(areIdentical(losses, inPlace), "a loss that differs in place")
        precondition(
          areIdentical(gradient.map(\.widened), replaced.map(\.widened)),
          "a gradient that differs in place")
        return (losses, gradient.map(\.widened))
      } catch {
        fatalError("an error of a sound batch: \(error)")
      }
    }
  }
  let truth = run(.general, logits, layout, labels, weights)
  let row = time * vocabulary
  for kernel in kernels {
    let result = run(kernel, logits, layout, labels, weights)
    for sample in 0..<batch {
      let (loss, expected) = (result.losses[sample], truth.losses[sample])
      precondition(
        agree(loss, expected, within: Element.lossTolerance(expected, frames: time)),
        "\(kernel): loss \(loss), not \(expected)")
      let scale = max(1, weights.map { abs($0[sample]) } ?? 1)
      for index in sample * row..<(sample + 1) * row {
        let (value, expected) = (result.gradient[index], truth.gradient[index])
        // Values beyond the range of the type may be infinite in either.
        if expected.magnitude > Element(nearest: .greatestFiniteMagnitude).widened / 2 { continue }
        precondition(
          agree(value, expected, within: scale * Element.gradientTolerance(expected / scale)),
          """
          \(kernel): derivative \(index) \(value), not \(expected); \(Element.self) \(ctc) \(labels[sample]) \
          \(logits[sample * row..<(sample + 1) * row].map(\.widened)) \(weights.map { $0[sample] } ?? 1)
          """)
      }
      guard batch > 1,
        let alone = try? LogitsLayout(
          batch: 1, time: time, vocabulary: vocabulary, lengths: [lengths[sample]])
      else { continue }
      let single = run(
        kernel, Array(logits[sample * row..<(sample + 1) * row]), alone, [labels[sample]],
        weights.map { [$0[sample]] })
      precondition(areIdentical(single.losses, [loss]), "\(kernel): a batch changes a loss")
      precondition(
        areIdentical(single.gradient, Array(result.gradient[sample * row..<(sample + 1) * row])),
        "\(kernel): a batch changes a gradient")
    }
    guard padding > 0 else { continue }
    if batch > 1 {
      ctc.threads = 3
      let threaded = run(kernel, logits, layout, labels, weights)
      precondition(areIdentical(threaded.losses, result.losses), "threads change a loss")
      precondition(areIdentical(threaded.gradient, result.gradient), "threads change a gradient")
      ctc.threads = 1
    }
    // Rows with padding between them, which must not be read.
    let width = vocabulary + padding
    var apart = [Element](repeating: Element(nearest: .nan), count: batch * time * width)
    for index in logits.indices {
      apart[index / vocabulary * width + index % vocabulary] = logits[index]
    }
    guard
      let view = try? LogitsLayout(
        batch: batch, time: time, vocabulary: vocabulary, strides: (time * width, width, 1),
        lengths: lengths)
    else { fatalError("a view that is none") }
    let viewed = run(kernel, apart, view, labels, weights)
    precondition(areIdentical(viewed.losses, result.losses), "padding changes a loss")
    let dense = logits.indices.map { viewed.gradient[$0 / vocabulary * width + $0 % vocabulary] }
    precondition(areIdentical(dense, result.gradient), "padding changes a gradient")
  }
}
