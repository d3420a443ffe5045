import Seq2SeqLosses
import TestSupport
import Testing

@testable import Seq2SeqDecoding

/// Mistakes of models and callers: a typed error, never a crash; streams can be continued.
@Suite struct TransducerErrorTests {
  /// A model whose results have been tampered with.
  private final class Broken: TransducerModel {
    var states = 0
    var logits = 0
    var value: Float?
    var frame = 2

    func start() -> Int { 0 }

    func advance(_ states: [Int], by labels: [Int]) -> [Int] {
      Array((states + [0]).prefix(max(0, states.count + self.states)))
    }

    func join(_ frames: [Int], _ states: [Int]) -> [Float] {
      var rows = frames.flatMap { frame -> [Float] in
        var row: [Float] = [0, 1, -1]
        if let value, frame == self.frame {
          row = value == -.infinity ? [value, value, value] : [0, 1, value]
        }
        return row
      }
      rows.append(0)
      return Array(rows.prefix(max(0, rows.count - 1 + logits)))
    }
  }

  private func expect(_ text: String, _ change: (Broken) -> Void) throws {
    let model = Broken()
    change(model)
    let vocabulary = try TokenVocabulary(count: 3)
    let greedy = try TransducerGreedyDecoder(vocabulary)
    let beam = try TransducerBeamSearchDecoder(vocabulary)
    for error in [
      #expect(throws: InputError.self) { try greedy.decode(0..<4, model: model) },
      #expect(throws: InputError.self) { try beam.decode(0..<4, model: model) },
    ] { #expect(error?.description.hasPrefix(text) == true, "\(error?.description ?? "")") }
  }

  @Test func models() throws {
    try expect("states: ") { $0.states = 1 }
    try expect("states: ") { $0.states = -1 }
    try expect("logits: 4 values where 1 rows of 3") { $0.logits = 1 }
    try expect("logits: 2 values where 1 rows of 3") { $0.logits = -1 }
    try expect("logits, position 2: nan for token 2") { $0.value = .nan }
    try expect("logits, position 2: inf for token 2") { $0.value = .infinity }
    try expect("logits, position 2: -inf for every token") { $0.value = -.infinity }
    let model = Broken()
    model.value = .nan
    let error = #expect(throws: InputError.self) {
      try TransducerGreedyDecoder(TokenVocabulary(count: 3)).decode(
        batch: [[0, 1], [0, 1, 2]], model: model)
    }
    #expect(error?.description == "logits, sample 1, position 2: nan for token 2")
    let durations = #expect(throws: InputError.self) {
      try TransducerGreedyDecoder(
        TokenVocabulary(count: 2), topology: .tokenAndDuration([1])
      ).decode([2], model: model)
    }
    #expect(durations?.description == "logits, position 0: nan for duration 0")
  }

  @Test func options() throws {
    let vocabulary = try TokenVocabulary(count: 3)
    func expect(
      _ argument: String, _ change: (inout TransducerBeamSearchOptions) -> Void
    ) throws {
      var options = TransducerBeamSearchOptions()
      change(&options)
      let error = #expect(throws: InputError.self) {
        try TransducerBeamSearchDecoder(vocabulary, options: options)
      }
      #expect(error?.argument == argument)
      guard argument == "durations" || argument == "bigBlanks" else { return }
      let topology = options.topology
      #expect(throws: InputError.self) {
        try TransducerGreedyDecoder(vocabulary, topology: topology)
      }
    }
    for count in [0, -1, .min] {
      try expect("beamWidth") { $0.beamWidth = count }
      try expect("maximumLabelsPerFrame") { $0.maximumLabelsPerFrame = count }
      try expect("hypothesisCount") { $0.hypothesisCount = count }
      #expect(throws: InputError.self) {
        try TransducerGreedyDecoder(vocabulary, maximumLabelsPerFrame: count)
      }
    }
    for threshold in [-1, -Double.infinity, .nan] {
      try expect("beamThreshold") { $0.beamThreshold = threshold }
      try expect("tokenPruneThreshold") { $0.tokenPruneThreshold = threshold }
    }
    for durations in [[], [0], [-1, 1], [1, 1], [0, .max], [.min, 1]] {
      try expect("durations") { $0.topology = .tokenAndDuration(durations) }
    }
    for bigBlanks in [[0: 2], [3: 2], [-1: 2], [1: 0], [1: -1], [1: .max]] {
      try expect("bigBlanks") { $0.topology = .multiBlank(bigBlanks) }
    }
  }

  /// Errors that a model throws are passed on unchanged, and the stream continues as if they had
  /// not occurred.
  @Test(arguments: TransducerBeamSearchTests.topologies, 1..<8)
  func failingModels(topology: TransducerTopology, call: Int) throws {
    let vocabulary = try TokenVocabulary(count: 4)
    let model = HistoryTransducer(
      width: TransducerBeamSearchTests.width(topology, 4), seed: call)
    var options = TransducerBeamSearchOptions()
    options.beamWidth = 4
    options.topology = topology
    let decoder = try TransducerBeamSearchDecoder(vocabulary, options: options)
    let whole = try decoder.decode(0..<20, model: model)
    let greedy = try decoder.greedy.decode(0..<20, model: model)

    let stream = decoder.stream(model: model)
    model.failingJoin = model.joins + call
    #expect(throws: HistoryTransducer.Failure(call: model.failingJoin)) {
      try stream.feed(0..<20)
    }
    #expect(stream.frames < 20)
    try stream.feed(stream.frames..<20)
    #expect(stream.finish() == whole)

    let greedyStream = try decoder.greedy.stream(model: model)
    model.failingJoin = model.joins + call
    #expect(throws: HistoryTransducer.Failure(call: model.failingJoin)) {
      try greedyStream.feed(0..<20)
    }
    try greedyStream.feed(greedyStream.frames..<20)
    #expect(greedyStream.hypothesis == greedy)
  }

  /// Logits whose softmax `Float` cannot represent, impossible tokens, and utterances without a
  /// path.
  @Test func extremes() throws {
    struct Rows: TransducerModel {
      func start() -> Int { 0 }
      func advance(_ states: [Int], by labels: [Int]) -> [Int] { states }
      func join(_ frames: [[Double]], _ states: [Int]) -> [Double] { frames.flatMap { $0 } }
    }
    let vocabulary = try TokenVocabulary(count: 2)
    let decoder = try TransducerBeamSearchDecoder(vocabulary)
    let huge = try decoder.decode([[1e300, -1e300], [-1e10, 0]], model: Rows())
    // Only the second frame's blank can end it.
    #expect(huge[0].score == -1e10 && huge[0].tokens == [])
    #expect(try decoder.decode([[-.infinity, 0]], model: Rows()) == [])
    #expect(try decoder.decode([], model: Rows()).map(\.tokens) == [[]])
    var options = TransducerBeamSearchOptions()
    options.topology = .tokenAndDuration([2])
    let twos = try TransducerBeamSearchDecoder(vocabulary, options: options)
    // No path of moves by two ends after three frames: those that reach beyond are all that there is.
    let beyond = try twos.decode([[0, 1, 0], [0, 1, 0], [0, 1, 0]], model: Rows())
    #expect(!beyond.isEmpty && beyond[0].spans.count == beyond[0].tokens.count)
  }
}
