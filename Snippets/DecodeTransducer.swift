// Train a small transducer to read words from flickering lamps, then decode: greedy, beam search, lexicon, stream.
//
//     swift run DecodeTransducer

import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses

/// A random number generator that is the same on every machine.
struct Noise: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 32) | (state << 32)
  }
}

/// A transducer: the encoder is a linear function of three frames, the predictor has a row of logits for each possible
/// last label, and the joiner adds the two.
struct LampReader {
  static let texts = ["_", "a", "b", "c", "d", "e"]
  let size = texts.count
  let lamps = texts.count - 1
  var encoder = [Float](repeating: 0, count: texts.count * (3 * (texts.count - 1) + 1))
  var predictor = [Float](repeating: 0, count: texts.count * texts.count)

  func labels(_ word: String) -> [Int] {
    word.map { Self.texts.firstIndex(of: String($0)) ?? 0 }
  }

  /// Each letter lights its own lamp for two to four frames, followed by one dark frame. All lamps flicker.
  func signal(_ word: String, flicker: Float, _ noise: inout Noise) -> [[Float]] {
    var lit = [0]
    for label in labels(word) {
      lit += [Int](repeating: label, count: Int.random(in: 2...4, using: &noise)) + [0]
    }
    return lit.map { label in
      (1...lamps).map {
        Float($0 == label ? 1 : 0) + .random(in: -flicker...flicker, using: &noise)
      }
    }
  }

  func window(_ frames: [[Float]], _ frame: Int) -> [Float] {
    let dark = [Float](repeating: 0, count: lamps)
    return [1]
      + (frame - 1...frame + 1).flatMap { frames.indices.contains($0) ? frames[$0] : dark }
  }

  func encode(_ frames: [[Float]]) -> [[Float]] {
    frames.indices.map { frame in
      let values = window(frames, frame)
      return (0..<size).map { token in
        values.indices.reduce(0) { $0 + encoder[token * values.count + $1] * values[$1] }
      }
    }
  }

  /// One step of gradient descent on the loss of one word.
  mutating func train(_ word: String, _ frames: [[Float]]) throws {
    let labels = labels(word)
    let last = [0] + labels
    let logits = encode(frames).flatMap { row in
      last.flatMap { label in (0..<size).map { row[$0] + predictor[label * size + $0] } }
    }
    let layout = try JoinerLayout(
      batch: 1, time: frames.count, positions: last.count, vocabulary: size)
    let (_, gradient) = try TransducerLoss(threads: 1).lossesAndGradient(
      logits, layout: layout, labels: LabelBatch([labels]))
    for frame in frames.indices {
      let values = window(frames, frame)
      for token in 0..<size {
        var slope: Float = 0
        for (position, label) in last.enumerated() {
          let share = gradient[(frame * last.count + position) * size + token]
          predictor[label * size + token] -= 0.1 * share
          slope += share
        }
        for index in values.indices {
          encoder[token * values.count + index] -= 0.1 * slope * values[index]
        }
      }
    }
  }
}

let words = ["ace", "bad", "bead", "bed", "cab", "cad", "dab", "dace"]
var noise = Noise(state: 9)
var model = LampReader()
for step in 0..<1200 {
  let word = words[step % words.count]
  try model.train(word, model.signal(word, flicker: 0.5, &noise))
}
let shown = ["bead", "cab", "dace", "bad"]
var utterances: [[[Float]]] = []
for word in shown { utterances.append(model.encode(model.signal(word, flicker: 0.9, &noise))) }

// snippet.show
extension LampReader: TransducerModel {
  // The predictor uses only the last label, so its state is that label. A frame is a row of the encoder's output.
  func start() -> Int { 0 }
  func advance(_ states: [Int], by labels: [Int]) -> [Int] { labels }
  func join(_ frames: [[Float]], _ states: [Int]) -> [Float] {
    zip(frames, states).flatMap { row, last in
      (0..<size).map { row[$0] + predictor[last * size + $0] }
    }
  }
}

let vocabulary = try TokenVocabulary(LampReader.texts, blank: 0)
let greedy = try TransducerGreedyDecoder(vocabulary)
for (word, best) in zip(shown, try greedy.decode(batch: utterances, model: model)) {
  print("\(word): \(best.text) at \(best.spans.map(\.frames.lowerBound))")
}

let options = TransducerBeamSearchOptions(hypothesisCount: 3)
let free = try TransducerBeamSearchDecoder(vocabulary, options: options)
let strict = try TransducerBeamSearchDecoder(
  vocabulary, options: options, lexicon: Lexicon(words: words))
for decoder in [free, strict] {
  for hypothesis in try decoder.decode(utterances[0], model: model) {
    print(hypothesis.text, String(format: "%.1f", hypothesis.score))
  }
}

// The same frames as a stream, six at a time.
let stream = strict.stream(model: model)
for first in stride(from: 0, to: utterances[0].count, by: 6) {
  try stream.feed(utterances[0][first..<min(first + 6, utterances[0].count)])
  print(vocabulary.text(of: stream.stableTokens), "|", stream.hypotheses()[0].text)
}
print(try stream.finish() == strict.decode(utterances[0], model: model))
// snippet.hide
