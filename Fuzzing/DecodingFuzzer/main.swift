import FuzzSupport
import Seq2SeqDecoding
import Seq2SeqLosses

/// Runs decoders, aligners and spotters with any vocabulary, language model, lexicon, phrases and
/// posteriors. A stream must give the same result as the whole utterance.
fuzz { bytes, count in
  var bytes = FuzzedBytes(bytes, count)
  guard let vocabulary = bytes.vocabulary() else { return 0 }
  let options = BeamSearchOptions(
    topology: CTCTopology.allCases[bytes.number(below: CTCTopology.allCases.count)],
    beamWidth: bytes.width(), beamThreshold: bytes.threshold(),
    tokenPruneThreshold: bytes.threshold(), hypothesisCount: bytes.number(below: 4),
    findsSpans: bytes.flag(), confidence: bytes.choice(ConfidenceMeasure.allCases))
  // Often made of the texts of tokens, so that searches find them.
  let words = (0..<bytes.number(below: 6)).map { _ in
    guard let texts = vocabulary.texts, bytes.flag() else { return bytes.word(below: 6) }
    return (0..<bytes.number(below: 4)).map { _ in bytes.choice(texts) }.joined()
  }
  let model = bytes.languageModel(words + (vocabulary.texts ?? []))
  let lexicon = bytes.lexicon(words)
  let phrases = bytes.phrases(words)
  let target = bytes.flag() ? words.joined(separator: " ") : bytes.text(below: 12)
  var posteriors: [Double] = []
  while !bytes.isEmpty && posteriors.count < 64 * vocabulary.count {
    posteriors.append(bytes.logProbability())
  }
  let frames = posteriors.count / vocabulary.count
  posteriors.removeLast(posteriors.count - frames * vocabulary.count)

  if let decoder = try? BeamSearchDecoder(
    vocabulary, options: options, languageModel: model, lexicon: lexicon, phrases: phrases)
  {
    decode(posteriors, frames, decoder)
    decode(posteriors.map { Float($0) }, frames, decoder)
    _ = try? decoder.greedy.decode(posteriors, frames: frames)
  }
  var textOptions = ForcedAligner.TextOptions()
  textOptions.hasGaps = frames % 2 == 1
  textOptions.replacesUnknownWords = vocabulary.count % 2 == 1
  let aligner = ForcedAligner(
    vocabulary, topology: options.topology, confidence: options.confidence)
  _ = try? aligner.align(posteriors, frames: frames, text: target)
  if let layout = try? LogitsLayout(batch: 1, time: frames, vocabulary: vocabulary.count) {
    _ = try? aligner.alignEach(
      posteriors.span, utterances: [layout],
      segments: [words, [target]].filter { !$0.isEmpty }.prefix(1).map { $0 },
      options: textOptions, threads: 1)
  }
  if let spotter = try? KeywordSpotter(vocabulary, phrases: words, minimumScore: 0.1) {
    _ = try? spotter.spot(posteriors, frames: frames)
  }
  return 0
}

private func decode<Element: LogitElement>(
  _ posteriors: [Element], _ frames: Int, _ decoder: BeamSearchDecoder
) {
  let whole = try? decoder.decode(posteriors, frames: frames)
  let stream = decoder.stream()
  let half = frames / 2
  let width = decoder.vocabulary.count
  do {
    try stream.feed(Array(posteriors[..<(half * width)]), frames: half)
    _ = stream.hypotheses(count: 2)
    try stream.feed(Array(posteriors[(half * width)...]), frames: frames - half)
  } catch {
    precondition(whole == nil, "a stream that fails where the whole does not: \(error)")
    return
  }
  guard let whole else { fatalError("a stream that goes on where the whole does not") }
  precondition(whole == stream.finish(), "\(stream.finish()) of a stream, not \(whole)")
  for hypothesis in whole {
    precondition(!hypothesis.score.isNaN, "a score that is no number")
    precondition(
      hypothesis.tokens.allSatisfy {
        !decoder.options.topology.isBlank($0, blank: decoder.vocabulary.blank)
      }, "a blank")
    if decoder.options.findsSpans {
      precondition(hypothesis.spans.count == hypothesis.tokens.count, "tokens without frames")
    }
  }
  for (better, worse) in zip(whole, whole.dropFirst()) {
    precondition(better.score >= worse.score, "hypotheses out of order")
    precondition(better != worse, "a hypothesis twice")
  }
}
