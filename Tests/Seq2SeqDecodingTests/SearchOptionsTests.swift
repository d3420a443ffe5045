import Seq2SeqDecoding
import Seq2SeqLosses
import Testing

/// The options that both beam searches share are one value, which both check alike.
@Suite struct SearchOptionsTests {
  @Test func initializersHaveTheDefaults() {
    let ctc = BeamSearchOptions()
    #expect(ctc.search == SearchOptions(beamWidth: 64))
    #expect(ctc.topology == .classic && ctc.findsSpans && ctc.confidence == .largest)
    let transducer = TransducerBeamSearchOptions()
    #expect(transducer.search == SearchOptions(beamWidth: 8))
    #expect(transducer.topology == .standard && transducer.maximumLabelsPerFrame == 5)
    let search = SearchOptions(beamWidth: 3)
    #expect(search.beamThreshold == 10 && search.tokenPruneThreshold == 8)
    #expect(search.hypothesisCount == 1)
  }

  @Test func fieldsAreThoseOfTheSharedOptions() {
    var ctc = BeamSearchOptions(
      topology: .simplified, beamWidth: 3, beamThreshold: 4, tokenPruneThreshold: 5,
      hypothesisCount: 6, findsSpans: false, confidence: .mean)
    let shared = SearchOptions(
      beamWidth: 3, beamThreshold: 4, tokenPruneThreshold: 5, hypothesisCount: 6)
    #expect(ctc.search == shared && ctc.topology == .simplified)
    #expect(!ctc.findsSpans && ctc.confidence == .mean)
    var transducer = TransducerBeamSearchOptions(
      topology: .monotonic, beamWidth: 3, beamThreshold: 4, tokenPruneThreshold: 5,
      hypothesisCount: 6, maximumLabelsPerFrame: 7)
    #expect(transducer.search == shared && transducer.topology == .monotonic)
    #expect(transducer.maximumLabelsPerFrame == 7)
    ctc.beamWidth = 9
    transducer.hypothesisCount = 9
    #expect(ctc.search.beamWidth == 9 && ctc.beamWidth == 9)
    #expect(transducer.search.hypothesisCount == 9 && transducer.hypothesisCount == 9)
  }

  /// Both decoders refuse the same values with the same words.
  @Test func bothDecodersCheckAlike() throws {
    let vocabulary = try TokenVocabulary(count: 3)
    func problem(_ body: () throws -> Void) -> String {
      do {
        try body()
        return ""
      } catch { return "\(error)" }
    }
    let changes: [(String, (inout SearchOptions) -> Void)] = [
      ("beamWidth", { $0.beamWidth = 0 }),
      ("beamWidth", { $0.beamWidth = SearchOptions.largestBeamWidth + 1 }),
      ("beamThreshold", { $0.beamThreshold = -1 }),
      ("beamThreshold", { $0.beamThreshold = .nan }),
      ("tokenPruneThreshold", { $0.tokenPruneThreshold = -.infinity }),
      ("hypothesisCount", { $0.hypothesisCount = 0 }),
    ]
    for (argument, change) in changes {
      var ctc = BeamSearchOptions()
      change(&ctc.search)
      var transducer = TransducerBeamSearchOptions()
      change(&transducer.search)
      let first = problem { _ = try BeamSearchDecoder(vocabulary, options: ctc) }
      let second = problem { _ = try TransducerBeamSearchDecoder(vocabulary, options: transducer) }
      #expect(first == second && first.contains(argument), "\(first)")
    }
  }
}
