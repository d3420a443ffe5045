import Foundation
import TestSupport
import Seq2SeqLosses
import Testing

@testable import Seq2SeqDecoding

@Suite struct TransducerGreedyTests {
  /// Decodes one utterance frame by frame, by the definition.
  private func greedy(
    _ model: HistoryTransducer, _ frames: Range<Int>, vocabulary: Int, blank: Int,
    _ topology: TransducerTopology, maximumLabels: Int
  ) -> (labels: [Int], spans: [Range<Int>], score: Double) {
    var labels: [Int] = []
    var spans: [Range<Int>] = []
    var score = 0.0
    var frame = frames.lowerBound
    var here = 0
    while frame < frames.upperBound {
      let logits = model.row(frame, labels)
      func logProbability(_ index: Int, in part: Range<Int>) -> Double {
        logits[index] - log(logits[part].reduce(0) { $0 + exp($1) })
      }
      let tokens = 0..<vocabulary
      var token = tokens.max { logits[$0] < logits[$1] } ?? 0
      var skip = topology == .monotonic ? 1 : 0
      var isBlank = token == blank
      if case .multiBlank(let big) = topology, let frames = big[token] {
        isBlank = true
        skip = frames
      } else if isBlank {
        skip = 1
      }
      if !isBlank && here == maximumLabels { (token, isBlank, skip) = (blank, true, 1) }
      score += logProbability(token, in: tokens)
      if case .tokenAndDuration(let table) = topology {
        let part = vocabulary..<vocabulary + table.count
        let best = part.max { logits[$0] < logits[$1] } ?? 0
        score += logProbability(best, in: part)
        skip = table[best - vocabulary]
        if isBlank && skip == 0 { skip = 1 }
      }
      if !isBlank {
        labels.append(token)
        spans.append(frame - frames.lowerBound..<frame - frames.lowerBound + max(1, skip))
      }
      here = skip > 0 ? 0 : here + 1
      frame += skip
    }
    return (labels, spans, score)
  }

  @Test(arguments: TransducerBeamSearchTests.topologies, 0..<10)
  func batchesAreUtterances(topology: TransducerTopology, seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let (vocabulary, blank) = (5, [0, 1, 4][seed % 3])
    let maximumLabels = seed % 4 + 1
    let model = HistoryTransducer(
      width: TransducerBeamSearchTests.width(topology, vocabulary), seed: seed)
    let batch = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
      let first = Int.random(in: 0...50, using: &generator)
      return first..<first + Int.random(in: 0...30, using: &generator)
    }
    let decoder = try TransducerGreedyDecoder(
      TokenVocabulary(count: vocabulary, blank: blank), topology: topology,
      maximumLabelsPerFrame: maximumLabels)
    let hypotheses = try decoder.decode(batch: batch.map(Array.init), model: model)
    #expect(hypotheses.count == batch.count)
    for (hypothesis, frames) in zip(hypotheses, batch) {
      let truth = greedy(
        model, frames, vocabulary: vocabulary, blank: blank, topology,
        maximumLabels: maximumLabels)
      #expect(hypothesis.tokens == truth.labels)
      #expect(hypothesis.spans.map(\.frames) == truth.spans)
      // A sum of some hundred logarithms.
      #expect(abs(hypothesis.score - truth.score) < 1e-11)
      #expect(hypothesis.spans.allSatisfy { (0...1).contains($0.confidence) })
    }
    // The loop over labels advances the predictor once for all utterances.
    #expect(model.advances <= hypotheses.map(\.tokens.count).max() ?? 0)
    for (hypothesis, frames) in zip(hypotheses, batch) {
      #expect(try decoder.decode(frames, model: model) == hypothesis)
      let stream = try decoder.stream(model: model)
      var next = frames.lowerBound
      while next < frames.upperBound {
        let end = min(frames.upperBound, next + Int.random(in: 0...5, using: &generator))
        try stream.feed(next..<end)
        next = end
        #expect(stream.frames == next - frames.lowerBound)
        #expect(hypothesis.tokens.starts(with: stream.hypothesis.tokens))
      }
      #expect(stream.hypothesis == hypothesis && stream.finish() == hypothesis)
    }
  }

  /// A stream holds back a character until its last byte is there; its end is that of the whole.
  @Test func charactersOfBytes() throws {
    struct Reading: TransducerModel {
      func start() -> Int { 0 }
      func advance(_ states: [Int], by labels: [Int]) -> [Int] { states }
      func join(_ frames: [Int], _ states: [Int]) -> [Double] {
        frames.flatMap { frame in (0..<5).map { $0 == frame ? 0 : -9 } }
      }
    }
    let vocabulary = try TokenVocabulary(["_", "\u{5317}", "<0xE7>", "<0x88>", "<0xBF>"])
    let decoder = try TransducerGreedyDecoder(vocabulary, topology: .monotonic)
    let stream = try decoder.stream(model: Reading())
    for (frame, texts) in [
      (1, ["\u{5317}", "\u{5317}"]), (2, ["\u{5317}", "\u{5317}\u{FFFD}"]),
      (3, ["\u{5317}", "\u{5317}\u{FFFD}"]), (4, ["\u{5317}\u{723F}", "\u{5317}\u{723F}"]),
    ] {
      try stream.feed([frame])
      #expect([stream.hypothesis.text, stream.finish().text] == texts)
      #expect(try stream.finish() == decoder.decode(1...frame, model: Reading()))
    }
  }

  /// Ties, words and texts.
  @Test func textsAndTies() throws {
    struct Flat: TransducerModel {
      func start() -> Int { 0 }
      func advance(_ states: [Int], by labels: [Int]) -> [Int] { states.map { $0 + 1 } }
      func join(_ frames: [[Float]], _ states: [Int]) -> [Float] { frames.flatMap { $0 } }
    }
    let vocabulary = try TokenVocabulary(["a", " ", "b", "_"], blank: 3)
    let decoder = try TransducerGreedyDecoder(vocabulary, topology: .monotonic)
    let rows: [[Float]] = [[1, 0, 1, 1], [0, 2, 2, 0], [0, 0, 1, 1], [0, 0, 0, 9]]
    let hypothesis = try decoder.decode(rows, model: Flat())
    #expect(hypothesis.text == "a b" && hypothesis.tokens == [0, 1, 2])
    #expect(hypothesis.words.map(\.text) == ["a", "b"])
    #expect(hypothesis.words.map(\.frames) == [0..<1, 2..<3])
    #expect(try decoder.decode([], model: Flat()).tokens == [])
    #expect(try decoder.decode(batch: [], model: Flat()) == [])
  }
}
