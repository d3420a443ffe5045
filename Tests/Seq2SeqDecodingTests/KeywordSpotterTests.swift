import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses
import TestSupport
import Testing

struct KeywordSpotterTests {
  static let texts = ["_", " ", "a", "b", "c"]

  /// Rows that have one likely token each.
  static func rows(_ path: String, probability: Double = 0.8) -> [Double] {
    path.flatMap { character in
      texts.map { log($0 == String(character) ? probability : (1 - probability) / 4) }
    }
  }

  @Test func wholeWordsAnywhere() throws {
    let vocabulary = try TokenVocabulary(Self.texts)
    let spotter = try KeywordSpotter(vocabulary, phrases: ["ab", "b c", "c", "abc"])
    let path = "_aab_ _b_ cc_ ab"
    let found = try spotter.spot(Self.rows(path), frames: path.count)
    #expect(found.map { spotter.phrases[$0.phrase] } == ["ab", "b c", "c", "ab"])
    #expect(found.map(\.frames) == [1..<4, 7..<12, 10..<12, 14..<16])
    #expect(found.allSatisfy { $0.score == 1 && $0.logRatio == 0 })
  }

  /// The ratio by enumeration: the best path of a phrase in each range of frames, divided by the
  /// best of all paths.
  @Test(arguments: 0..<30)
  func ratiosAreThoseOfTheBestPath(seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let vocabulary = try TokenVocabulary(["_", "a", "b"])
    let frames = 6
    let scores = BeamSearchTests.logProbabilities(frames, 3, &generator)
    let spotter = try KeywordSpotter(vocabulary, phrases: ["ab", "aa"], minimumScore: 1e-9)
    let found = try spotter.spot(scores, frames: frames)
    let best = (0..<frames).map { frame in (0..<3).map { scores[3 * frame + $0] }.max() ?? 0 }
    for (phrase, tokens) in [[1, 2], [1, 1]].enumerated() {
      var truth = -Double.infinity
      for start in 0..<frames {
        for end in start + 1...frames {
          let path = try? ForcedAligner(vocabulary).alignEach(
            Array(scores[3 * start..<3 * end]).span,
            layout: LogitsLayout(batch: 1, time: end - start, vocabulary: 3), targets: [tokens])[0]
            .get()
          guard let path else { continue }
          truth = max(truth, path.logProbability - best[start..<end].reduce(0, +))
        }
      }
      let own = found.filter { $0.phrase == phrase }.map(\.logRatio).max() ?? -.infinity
      #expect(abs(own - truth) < 1e-9)
    }
  }

  @Test(arguments: 0..<20)
  func streamsEqualWholes(seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let spotter = try KeywordSpotter(
      TokenVocabulary(Self.texts), phrases: ["a", "ab", "b a", "cc", "ca b"], minimumScore: 0.2)
    let frames = 200
    let scores = BeamSearchTests.logProbabilities(frames, 5, &generator)
    let whole = try spotter.spot(scores, frames: frames)
    #expect(!whole.isEmpty)
    for _ in 0..<2 {
      let stream = spotter.stream()
      var parts: [KeywordSpotter.Detection] = []
      var first = 0
      while first < frames {
        let count = min(frames - first, Int.random(in: 0...30, using: &generator))
        parts += try stream.feed(Array(scores[5 * first..<5 * (first + count)]), frames: count)
        first += count
        #expect(throws: InputError.self) {
          try stream.feed([Double](repeating: .nan, count: 5), frames: 1)
        }
      }
      parts += stream.finish()
      #expect(
        parts.sorted {
          ($0.frames.lowerBound, $0.phrase) < ($1.frames.lowerBound, $1.phrase)
        } == whole)
    }
    // Detections of one phrase do not overlap.
    for (index, detection) in whole.enumerated() {
      for other in whole[(index + 1)...] where other.phrase == detection.phrase {
        #expect(!other.frames.overlaps(detection.frames))
      }
    }
  }

  @Test func mistakes() throws {
    let vocabulary = try TokenVocabulary(Self.texts)
    #expect(throws: InputError("phrases", position: 1, "no tokens spell \"xy\": none has \"x\"")) {
      try KeywordSpotter(vocabulary, phrases: ["a", "xy"])
    }
    #expect(throws: InputError("phrases", position: 0, "empty")) {
      try KeywordSpotter(vocabulary, phrases: [" "])
    }
    #expect(throws: InputError.self) {
      try KeywordSpotter(vocabulary, phrases: ["a"], minimumScore: 1)
    }
  }
}
