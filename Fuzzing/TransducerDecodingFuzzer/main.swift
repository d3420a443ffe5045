import FuzzSupport
import Seq2SeqDecoding
import Seq2SeqLosses

/// Runs transducer decoders with any topology, vocabulary, language model, lexicon and phrases; the
/// model is a table. A stream must give the same result as the whole utterance, and a batch the
/// same results as its utterances.
fuzz { bytes, count in
  var bytes = FuzzedBytes(bytes, count)
  guard let vocabulary = bytes.vocabulary() else { return 0 }
  var options = TransducerBeamSearchOptions()
  switch bytes.number(below: 4) {
  case 0: options.topology = .standard
  case 1: options.topology = .monotonic
  case 2:
    options.topology = .multiBlank(
      Dictionary(
        (0..<bytes.number(below: 3)).map { _ in (bytes.number(below: 9), bytes.number(below: 6)) },
        uniquingKeysWith: { first, _ in first }))
  default:
    options.topology = .tokenAndDuration(
      (0..<bytes.number(below: 5)).map { _ in bytes.number(below: 6) })
  }
  options.maximumLabelsPerFrame = bytes.number(below: 5)
  options.beamWidth = bytes.width()
  options.beamThreshold = bytes.threshold()
  options.tokenPruneThreshold = bytes.threshold()
  options.hypothesisCount = bytes.number(below: 4)
  let words = (0..<bytes.number(below: 6)).map { _ in
    guard let texts = vocabulary.texts, bytes.flag() else { return bytes.word(below: 6) }
    return (0..<bytes.number(below: 4)).map { _ in bytes.choice(texts) }.joined()
  }
  let languageModel = bytes.languageModel(words + (vocabulary.texts ?? []))
  let lexicon = bytes.lexicon(words)
  let phrases = bytes.phrases(words)
  guard
    let decoder = try? TransducerBeamSearchDecoder(
      vocabulary, options: options, languageModel: languageModel, lexicon: lexicon, phrases: phrases
    )
  else { return 0 }
  let frames = bytes.number(below: 12)
  let histories = bytes.number(in: 1...5)
  var table: [Double] = []
  while !bytes.isEmpty && table.count < 2048 { table.append(bytes.logit()) }
  let model = TableModel(width: decoder.rowWidth, histories: histories, table: table)
  search(decoder, model, frames)
  greedy(decoder.greedy, model, frames)
  return 0
}

/// A joiner whose rows are parts of a table, selected by the frame and a number that depends on the
/// last labels.
private struct TableModel: TransducerModel {
  let width: Int
  let histories: Int
  let table: [Double]

  func start() -> Int { 0 }

  func advance(_ states: [Int], by labels: [Int]) -> [Int] {
    zip(states, labels).map { ($0 * 3 + $1 + 1) % histories }
  }

  func join(_ frames: [Int], _ states: [Int]) -> [Double] {
    zip(frames, states).flatMap { frame, state in
      (0..<width).map { token in
        table.isEmpty ? 0 : table[((frame * histories + state) * width + token) % table.count]
      }
    }
  }
}

private func search(_ decoder: TransducerBeamSearchDecoder, _ model: TableModel, _ frames: Int) {
  let whole = try? decoder.decode(0..<frames, model: model)
  let stream = decoder.stream(model: model)
  do {
    try stream.feed(0..<frames / 2)
    _ = stream.hypotheses(count: 2)
    let stable = stream.stableTokens
    try stream.feed(frames / 2..<frames)
    for hypothesis in stream.finish() {
      precondition(hypothesis.tokens.starts(with: stable), "a stable token that changed")
    }
  } catch {
    precondition(whole == nil, "a stream that fails where the whole does not: \(error)")
    return
  }
  guard let whole else { fatalError("a stream that goes on where the whole does not") }
  precondition(whole == stream.finish(), "a stream that differs from the whole")
  for hypothesis in whole {
    precondition(!hypothesis.score.isNaN, "a score that is no number")
    precondition(hypothesis.tokens.allSatisfy { $0 != decoder.vocabulary.blank }, "a blank")
    precondition(hypothesis.spans.count == hypothesis.tokens.count, "tokens without frames")
  }
  for (better, worse) in zip(whole, whole.dropFirst()) {
    precondition(better.score >= worse.score, "hypotheses out of order")
    precondition(better != worse, "a hypothesis twice")
  }
}

private func greedy(_ decoder: TransducerGreedyDecoder, _ model: TableModel, _ frames: Int) {
  let whole = try? decoder.decode(0..<frames, model: model)
  if let whole {
    let batch = try? decoder.decode(
      batch: [Array(0..<frames), [], Array(0..<frames)], model: model)
    precondition(
      batch?[0] == whole && batch?[2] == whole, "a batch that differs from its utterances")
  }
  do {
    let stream = try decoder.stream(model: model)
    try stream.feed(0..<frames / 2)
    try stream.feed(frames / 2..<frames)
    precondition(whole == stream.hypothesis, "a greedy stream that differs from the whole")
  } catch {
    precondition(whole == nil, "a greedy stream that fails where the whole does not: \(error)")
  }
}
