import FuzzSupport
import Seq2SeqDecoding
import Seq2SeqLosses

/// Decoders, aligners and spotters of any vocabulary, lexicon, phrases and posteriors; a stream must say what the
/// whole says.
fuzz { bytes, count in
  var bytes = FuzzedBytes(bytes, count)
  let texts = (0..<bytes.number(below: 8)).map { _ in bytes.text(below: 4) }
  guard
    let vocabulary = try? TokenVocabulary(
      texts, blank: bytes.number(below: 8), wordSeparator: bytes.number(below: 4) == 0 ? "" : " ")
  else { return 0 }
  var options = BeamSearchOptions()
  options.topology = bytes.number(below: 2) == 0 ? .classic : .simplified
  options.beamWidth = bytes.number(below: 24)
  options.beamThreshold = Double(bytes.number(below: 40))
  options.tokenPruneThreshold = Double(bytes.number(below: 40))
  options.hypothesisCount = bytes.number(below: 4)
  let words = (0..<bytes.number(below: 8)).map { _ in bytes.text(below: 6) }
  let phrases = PhraseBias(words, boost: Double(bytes.number(below: 16)) - 4)
  var lexicon: Lexicon?
  switch bytes.number(below: 3) {
  case 0: lexicon = Lexicon(words: words)
  case 1:
    lexicon = Lexicon(
      entries: words.map { word in
        .init(
          word: word,
          tokens: (0..<bytes.number(below: 4)).map { _ in bytes.number(below: 10) - 1 })
      })
  default: break
  }
  let target = bytes.text(below: 12)
  var posteriors: [Float] = []
  while !bytes.isEmpty && posteriors.count < 64 * texts.count {
    // Often what a model may say, now and then any bits.
    let byte = bytes.byte()
    posteriors.append(byte == 0 ? bytes.float() : -Float(byte) / 16)
  }
  let frames = posteriors.count / texts.count
  posteriors.removeLast(posteriors.count - frames * texts.count)

  if let decoder = try? BeamSearchDecoder(
    vocabulary, options: options, lexicon: lexicon, phrases: words.isEmpty ? nil : phrases)
  {
    decode(posteriors, frames, decoder)
  }
  _ = try? ForcedAligner(vocabulary, topology: options.topology)
    .align(posteriors, frames: frames, text: target)
  if let spotter = try? KeywordSpotter(vocabulary, phrases: words, minimumScore: 0.1) {
    _ = try? spotter.spot(posteriors, frames: frames)
  }
  return 0
}

private func decode(_ posteriors: [Float], _ frames: Int, _ decoder: BeamSearchDecoder) {
  let whole = try? decoder.decode(posteriors, frames: frames)
  let stream = decoder.stream()
  let half = frames / 2
  let width = decoder.vocabulary.count
  do {
    try stream.feed(Array(posteriors[..<(half * width)]), frames: half)
    _ = stream.hypotheses(count: 2)
    try stream.feed(Array(posteriors[(half * width)...]), frames: frames - half)
    precondition(whole == stream.finish(), "a stream that differs from the whole")
  } catch {
    precondition(whole == nil, "a stream that fails where the whole does not: \(error)")
  }
}
