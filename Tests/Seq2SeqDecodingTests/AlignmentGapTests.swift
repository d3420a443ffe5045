import Seq2SeqDecoding
import Seq2SeqLosses
import TestSupport
import Testing

/// Gaps between the segments of a text, compared with an enumeration of all paths.
struct AlignmentGapTests {
  /// Posteriors that peak on the tokens of `frames`.
  private static func posteriors(_ frames: String, _ texts: [String]) -> [Double] {
    frames.flatMap { best in
      texts.map { $0 == String(best) ? -0.2 : -2.5 }
    }
  }

  private static func align(
    _ frames: String, _ segments: [String], cost: Double? = nil, topology: CTCTopology = .classic
  ) throws -> Alignment {
    let texts = ["_", "a", "b", "x"]
    let vocabulary = try TokenVocabulary(texts)
    var options = ForcedAligner.TextOptions()
    options.hasGaps = true
    if let cost { options.gapLogProbability = -cost }
    let layout = try LogitsLayout(batch: 1, time: frames.count, vocabulary: texts.count)
    return try ForcedAligner(vocabulary, topology: topology).alignEach(
      posteriors(frames, texts).span, utterances: [layout], segments: [segments],
      options: options)[0].get()
  }

  @Test func gapsMayBeEmpty() throws {
    for (frames, segments, expected) in [
      ("ab", ["ab"], [0..<2]), ("_aaabbb_", ["ab"], [1..<7]), ("ab", ["a", "b"], [0..<1, 1..<2]),
      ("xxabxx", ["ab"], [2..<4]), ("aaxxbb", ["a", "b"], [0..<2, 4..<6]),
      ("x_x_aab", ["ab"], [4..<7]), ("a_a", ["a", "a"], [0..<1, 2..<3]),
      ("aa_aa", ["a", "a"], [0..<2, 3..<5]), ("abxab", ["ab", "ab"], [0..<2, 3..<5]),
    ] {
      let alignment = try Self.align(frames, segments)
      #expect(alignment.segments.map(\.frames) == expected, "\(frames)")
      #expect(alignment.words.map(\.frames) == expected, "\(frames)")
    }
    let alignment = try Self.align("x_xabx", ["a", "b"])
    #expect(alignment.path == [-1, 0, -1, 1, 2, -1])
    #expect(alignment.tokens.map(\.token) == [-1, 1, 2, -1])
    #expect(alignment.tokens.map(\.frames) == [0..<3, 3..<4, 4..<5, 5..<6])
    #expect(alignment.words.map(\.tokens) == [1..<2, 2..<3])
    #expect(alignment.segments.map(\.tokens) == [1..<2, 2..<3])
    #expect(abs(alignment.frameScores[0] - -1.2) < 1e-12)
    #expect(abs(alignment.logProbability - (-3 * 1.2 - 3 * 0.2)) < 1e-12)
  }

  @Test func gapsCostWhatTheCallerSays() throws {
    // Six frames that are all the text's first token, or one of it and a gap.
    #expect(try Self.align("aaaaab", ["ab"]).words[0].frames == 0..<6)
    // The best token and the blank differ by 2.3 nats.
    #expect(try Self.align("ab_xx", ["ab"], cost: 2.2).path == [1, 2, 0, -1, -1])
    #expect(try Self.align("ab_xx", ["ab"], cost: 2.4).path == [1, 2, 0, 0, 0])
    #expect(try Self.align("ab_xx", ["ab"], cost: .infinity).path == [1, 2, 0, 0, 0])
    for cost in [-0.1, .nan] {
      #expect(throws: InputError.self) { try Self.align("ab", ["ab"], cost: cost) }
    }
    // Without text, and without frames.
    #expect(try Self.align("x_x", []).path == [-1, 0, -1])
    #expect(try Self.align("", [" "]).path.isEmpty)
  }

  /// The best path of all sequences of tokens and gaps that collapse to the text.
  @Test(arguments: CTCTopology.allCases.filter(\.hasBlank), 0..<60)
  func equalsEnumeration(topology: CTCTopology, seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let texts = ["_", "a", "b"]
    let vocabulary = try TokenVocabulary(texts)
    let frames = Int.random(in: 1...6, using: &generator)
    let segments = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
      String(
        (0..<Int.random(in: 1...2, using: &generator)).map { _ in
          Bool.random(using: &generator) ? "a" : "b"
        })
    }
    var options = ForcedAligner.TextOptions()
    options.hasGaps = true
    options.gapLogProbability = -Double.random(in: 0...1.5, using: &generator)
    let rows = (0..<frames * 3).map { _ in
      -Double(Int.random(in: 0...12, using: &generator)) / 4
    }
    let layout = try LogitsLayout(batch: 1, time: frames, vocabulary: 3)
    let targets = segments.joined().map { $0 == "a" ? 1 : 2 }
    var places = Set([0])
    for count in segments.indices { places.insert(segments[...count].joined().count) }

    // 0, 1, 2 for tokens and 3 for a frame in a gap.
    func score(_ path: [Int]) -> Double? {
      var (done, last, sum) = (0, 0, 0.0)
      for (frame, symbol) in path.enumerated() {
        let row = rows[3 * frame..<3 * frame + 3].map(\.self)
        if symbol == 3 {
          guard places.contains(done) else { return nil }
          sum += max(row[1], row[2]) + options.gapLogProbability
        } else {
          sum += row[symbol]
          if symbol != 0 && !(topology.mergesRepeats && symbol == last) {
            guard done < targets.count && targets[done] == symbol else { return nil }
            done += 1
          }
        }
        last = symbol
      }
      return done == targets.count ? sum : nil
    }
    var best: Double?
    for number in 0..<(0..<frames).reduce(1, { count, _ in 4 * count }) {
      let path = (0..<frames).map { number >> (2 * $0) & 3 }
      if let sum = score(path) { best = max(best ?? -.infinity, sum) }
    }
    let result = try ForcedAligner(vocabulary, topology: topology).alignEach(
      rows.span, utterances: [layout], segments: [segments], options: options)[0]
    let alignment = try? result.get()
    // Sums of ten numbers.
    #expect((alignment == nil) == (best == nil))
    guard let alignment, let best else { return }
    #expect(abs(alignment.logProbability - best) < 1e-12)
    let own = score(alignment.path.map { $0 < 0 ? 3 : $0 })
    #expect(abs((own ?? .infinity) - best) < 1e-12)
    #expect(abs(alignment.frameScores.reduce(0, +) - best) < 1e-12)
    #expect(alignment.segments.map { $0.tokens.count } == segments.map(\.count))
    for (segment, text) in zip(alignment.segments, segments) {
      #expect(alignment.tokens[segment.tokens].map(\.token) == text.map { $0 == "a" ? 1 : 2 })
      #expect(
        segment.frames.lowerBound == alignment.tokens[segment.tokens.lowerBound].frames.lowerBound)
    }
  }
}
