import FuzzSupport
import Seq2SeqLosses

/// Compares transducer losses and gradients of each build of the kernels with the general engine,
/// batches with single samples, and gradients in place with separate ones. Compares additive losses
/// with the losses of the sums.
fuzz { bytes, count in
  var bytes = FuzzedBytes(bytes, count)
  switch bytes.number(below: 8) {
  case 0: check(Double.self, &bytes)
  case 1: check(BFloat16.self, &bytes)
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    case 2: check(Float16.self, &bytes)
  #endif
  case 3: checkAdditive(Double.self, &bytes)
  case 4: checkAdditive(Float.self, &bytes)
  default: check(Float.self, &bytes)
  }
  return 0
}

/// Values for an array of any size; the fuzzer's inputs stay short.
private func pattern(_ bytes: inout FuzzedBytes, isNormalized: Bool = false) -> [Double] {
  var pattern: [Double] = []
  while !bytes.isEmpty && pattern.count < 1000 {
    pattern.append(isNormalized ? bytes.logProbability() : bytes.logit())
  }
  return pattern.isEmpty ? [0] : pattern
}

private func check<Element: LogitElement>(_ type: Element.Type, _ bytes: inout FuzzedBytes) {
  let batch = bytes.number(in: 1...2)
  let tokenCount = bytes.number(in: 2...20)
  let time = bytes.number(in: 0...20)
  let positions = bytes.number(in: 1...12)
  let blank = bytes.number(below: tokenCount)
  var topology = TransducerTopology.standard
  switch bytes.number(below: 4) {
  case 0: break
  case 1: topology = .monotonic
  case 2:
    topology = .multiBlank([(blank + 1) % tokenCount: bytes.number(in: 2...4)])
  default: topology = .tokenAndDuration(bytes.choice([[0, 1, 2], [1], [0, 3, 1], [2, 4]]))
  }
  var loss = TransducerLoss(
    blank: blank, topology: topology, normalization: bytes.choice(TransducerNormalization.allCases),
    threads: 1)
  if bytes.flag() {
    loss.underNormalization = Double(bytes.number(below: 4)) / 4
    loss.standardShare = bytes.choice([0, 0.5, 1])
    loss.fastEmit = Double(bytes.number(below: 4)) / 4
    loss.gradientLimit = bytes.flag() ? Double(bytes.number(in: 1...9)) / 8 : nil
    loss.wildcard =
      bytes.flag() ? TransducerWildcard(logWeight: -1, endsWithBlank: bytes.flag()) : nil
  }
  let vocabulary = tokenCount + topology.durations.count
  let big = topology.bigBlanks.map(\.token)
  let tokens = (0..<tokenCount).filter { $0 != blank && !big.contains($0) }
  let lengths = (0..<batch).map { _ in bytes.flag() ? time : bytes.number(in: 0...time) }
  let labels = (0..<batch).map { _ in
    tokens.isEmpty ? [] : (0..<bytes.number(below: positions)).map { _ in bytes.choice(tokens) }
  }
  let pattern = pattern(&bytes, isNormalized: loss.normalization == .none)
  let row = time * positions * vocabulary
  let logits = (0..<batch * row).map {
    Element(nearest: pattern[($0 + $0 / vocabulary % 7) % pattern.count])
  }

  func run(
    _ variant: KernelVariant, _ logits: [Element], _ lengths: [Int], _ labels: [[Int]]
  ) -> (losses: [Double], gradient: [Double])? {
    KernelVariant.$forced.withValue(variant) {
      guard
        let layout = try? JoinerLayout(
          batch: labels.count, time: time, positions: positions, vocabulary: vocabulary,
          lengths: lengths)
      else { fatalError("a layout that is none") }
      var gradient = logits.map { _ in Element(nearest: 0) }
      var losses = [Double](repeating: 0, count: labels.count)
      var span = gradient.mutableSpan
      var lossSpan = losses.mutableSpan
      do {
        try loss.lossesAndGradient(
          logits.span, layout: layout, labels: LabelBatch(labels), into: &lossSpan,
          gradient: &span)
      } catch {
        return nil
      }
      let alone = try? loss.losses(logits.span, layout: layout, labels: LabelBatch(labels))
      precondition(areIdentical(losses, alone ?? []), "a loss that differs without its gradient")
      var replaced = logits
      var place = replaced.mutableSpan
      var inPlace = [Double](repeating: 0, count: labels.count)
      var inPlaceSpan = inPlace.mutableSpan
      _ = try? loss.lossesAndGradient(
        replacing: &place, layout: layout, labels: LabelBatch(labels), into: &inPlaceSpan)
      precondition(areIdentical(losses, inPlace), "a loss that differs in place")
      precondition(
        areIdentical(gradient.map(\.widened), replaced.map(\.widened)),
        "a gradient that differs in place")
      return (losses, gradient.map(\.widened))
    }
  }
  let truth = run(.general, logits, lengths, labels)
  for kernel in kernels {
    let result = run(kernel, logits, lengths, labels)
    precondition((result == nil) == (truth == nil), "an error of one engine alone")
    guard let truth, let result else { continue }
    for sample in 0..<batch {
      let (value, expected) = (result.losses[sample], truth.losses[sample])
      // If rows are not normalized, the engines may differ in whether they read a NaN beside a
      // token of probability 0.
      let isAmbiguous =
        loss.normalization == .none && logits.contains { !($0.widened < .infinity) }
        && (value.isNaN || expected.isNaN)
      if isAmbiguous { continue }
      precondition(
        agree(value, expected, within: Element.lossTolerance(expected, frames: time + positions)),
        "\(kernel), \(loss), \(labels[sample]), \(lengths[sample]) frames: loss \(value), not \(expected)"
      )
      for index in sample * row..<(sample + 1) * row {
        let (value, expected) = (result.gradient[index], truth.gradient[index])
        precondition(
          agree(value, expected, within: Element.gradientTolerance(expected)),
          "\(kernel): derivative \(index) \(value), not \(expected)")
      }
      guard batch > 1 else { continue }
      let single = run(
        kernel, Array(logits[sample * row..<(sample + 1) * row]), [lengths[sample]],
        [labels[sample]])
      precondition(
        areIdentical(single?.losses ?? [], [result.losses[sample]]), "a batch changes a loss")
      precondition(
        areIdentical(
          single?.gradient ?? [], Array(result.gradient[sample * row..<(sample + 1) * row])),
        "a batch changes a gradient")
    }
  }
}

private func checkAdditive<Element: LogitElement>(
  _ type: Element.Type, _ bytes: inout FuzzedBytes
) {
  let vocabulary = bytes.number(in: 2...20)
  let time = bytes.number(in: 0...20)
  let positions = bytes.number(in: 1...12)
  let blank = bytes.number(below: vocabulary)
  let topology: TransducerTopology = bytes.flag() ? .standard : .monotonic
  let tokens = (0..<vocabulary).filter { $0 != blank }
  let labels = LabelBatch([(0..<bytes.number(below: positions)).map { _ in bytes.choice(tokens) }])
  let pattern = pattern(&bytes)
  let encoder = (0..<time * vocabulary).map { Element(nearest: pattern[$0 % pattern.count]) }
  let predictor = (0..<positions * vocabulary).map {
    Element(nearest: pattern[($0 * 5 + 3) % pattern.count])
  }
  guard
    let layout = try? AdditiveLayout(
      batch: 1, time: time, positions: positions, vocabulary: vocabulary),
    let sums = try? JoinerLayout(batch: 1, time: time, positions: positions, vocabulary: vocabulary)
  else { fatalError("a layout that is none") }
  let additive = AdditiveTransducerLoss(blank: blank, topology: topology, threads: 1)
  var logits: [Double] = []
  for frame in 0..<time {
    for position in 0..<positions {
      for token in 0..<vocabulary {
        logits.append(
          encoder[frame * vocabulary + token].widened
            + predictor[position * vocabulary + token].widened)
      }
    }
  }
  let truth = KernelVariant.$forced.withValue(.general) {
    try? TransducerLoss(blank: blank, topology: topology, threads: 1)
      .losses(logits.span, layout: sums, labels: labels)
  }
  // The additive loss never computes the sums, so each logit has its own rounding error.
  let largest = logits.lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0
  func tolerance(_ loss: Double) -> Double {
    Element.lossTolerance(loss, frames: time + positions)
      + 4 * Double(time + positions) * largest * Element.unitRoundoff
  }
  for variant in [.general] + kernels {
    let result = KernelVariant.$forced.withValue(variant) {
      try? additive.losses(encoder.span, predictor.span, layout: layout, labels: labels)
    }
    precondition((result == nil) == (truth == nil), "an error of one loss alone")
    guard let result, let truth else { continue }
    precondition(
      agree(result[0], truth[0], within: tolerance(truth[0])),
      "\(variant): additive loss \(result[0]), not \(truth[0])")
  }
}
