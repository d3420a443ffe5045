import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles

/// Decodes the utterances of a file, a block at a time, and prints a line for each.
struct DecodeJob: LogitsOperation {
  let input: PosteriorInput
  let decoder: BeamSearchDecoder
  let isGreedy: Bool
  let threads: Int?

  /// The number of utterances that failed.
  func run<Element: LogitElement & TensorElement>(_ posteriors: Span<Element>) throws -> Int {
    try input.forEachResult { part in
      let utterances = Array(input.utterances[part])
      return try isGreedy
        ? decoder.greedy.decodeEach(posteriors, utterances: utterances, threads: threads)
          .map { $0.map { [$0] } }
        : decoder.decodeEach(posteriors, utterances: utterances, threads: threads)
    } _: { index, result in
      try print(try jsonText(DecodedLine(id: input.names[index], result)))
    }
  }
}

/// A line of the output.
private struct DecodedLine: Encodable {
  struct Span: Encodable {
    let token: Int
    let start: Int
    let end: Int
    let logProbability: Double
    let confidence: Double
  }

  struct Word: Encodable {
    let text: String
    // Omitted if spans are turned off.
    let start: Int?
    let end: Int?
    let logProbability: Double?
    let confidence: Double?
  }

  struct Entry: Encodable {
    let text: String
    let tokens: [Int]
    let score: Double
    let acousticScore: Double
    let languageScore: Double
    let biasScore: Double
    let spans: [Span]
    let words: [Word]
    let isComplete: Bool

    init(_ hypothesis: Hypothesis) {
      text = hypothesis.text
      tokens = hypothesis.tokens
      score = hypothesis.score
      acousticScore = hypothesis.acousticScore
      languageScore = hypothesis.languageScore
      biasScore = hypothesis.biasScore
      spans = hypothesis.spans.map {
        Span(
          token: $0.token, start: $0.frames.lowerBound, end: $0.frames.upperBound,
          logProbability: $0.logProbability, confidence: $0.confidence)
      }
      let hasFrames = !hypothesis.spans.isEmpty
      words = hypothesis.words.map {
        Word(
          text: $0.text, start: hasFrames ? $0.frames.lowerBound : nil,
          end: hasFrames ? $0.frames.upperBound : nil,
          logProbability: hasFrames ? $0.logProbability : nil,
          confidence: hasFrames ? $0.confidence : nil)
      }
      isComplete = hypothesis.isComplete
    }
  }

  let id: String
  let text: String?
  let hypotheses: [Entry]?
  let error: String?

  init(id: String, _ result: Result<[Hypothesis], InputError>) {
    self.id = id
    switch result {
    case .success(let found):
      text = found.first?.text ?? ""
      hypotheses = found.map(Entry.init)
      error = nil
    case .failure(let problem):
      text = nil
      hypotheses = nil
      error = ArgumentNames.text(problem)
    }
  }
}
