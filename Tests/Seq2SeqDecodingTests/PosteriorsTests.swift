import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses
import TestSupport
import Testing

struct PosteriorsTests {
  /// Values that are not log-probabilities: the error names the frame and the token, for every
  /// type.
  @Test(
    arguments: [
      ([0, .nan], "nan for token 1"), ([-Float.nan, 0], "nan for token 0"),
      ([.infinity, .nan], "inf for token 0"), ([0, .infinity], "inf for token 1"),
      ([-.infinity, -.infinity], "-inf for every token"),
    ] as [([Float], String)])
  func badValues(row: [Float], problem: String) throws {
    let vocabulary = try TokenVocabulary(count: 2)
    let values = [-1, -.infinity] + row
    func check<Element: LogitElement>(_ values: [Element]) throws {
      do {
        _ = try BeamSearchDecoder(vocabulary).decode(values, frames: 2)
        Issue.record("\(row) was decoded")
      } catch {
        #expect(error.sample == 0 && error.position == 1)
        #expect(error.problem.replacing("-nan", with: "nan") == problem)
      }
      #expect(throws: InputError.self) { try GreedyDecoder(vocabulary).decode(values, frames: 2) }
    }
    try check(values)
    try check(values.map(Double.init))
    try check(values.map { BFloat16($0) })
  }

  @Test func oneBadSampleLeavesTheOthers() throws {
    let decoder = try BeamSearchDecoder(TokenVocabulary(count: 2))
    let good: [Float] = [-0.1, -2, -3, -0.1]
    let values = good + [0, .nan, 0, 0] + good
    let layout = try LogitsLayout(batch: 3, time: 2, vocabulary: 2)
    let results = try decoder.decodeEach(values.span, layout: layout)
    let alone = try decoder.decode(good, frames: 2)
    #expect(try results[0].get() == alone)
    #expect(throws: InputError.self) { try results[1].get() }
    #expect(try results[2].get() == alone)
    #expect(throws: InputError.self) { try decoder.decode(values.span, layout: layout) }
  }

  /// The best token of each frame, for every type and layout; the lower one if two tie.
  @Test(arguments: 0..<40)
  func greedyTakesTheLowestOfTheBest(seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let vocabulary = Int.random(in: 1...40, using: &generator)
    let values: [Float] = [-.infinity, -0.0, 0, -1, 2, -3.5, 1e-36, -1e-36]
    let rows: [Float] = (0..<vocabulary).map { _ in
      values[Int.random(in: 0..<values.count, using: &generator)]
    }
    let truth = rows.indices.reduce(0) { rows[$1] > rows[$0] ? $1 : $0 }
    guard rows[truth] > -.infinity else { return }
    let decoder = GreedyDecoder(try TokenVocabulary(count: vocabulary, blank: vocabulary - 1))
    let expected = truth == vocabulary - 1 ? [] : [truth]
    #expect(try decoder.decode(rows, frames: 1).tokens == expected)
    #expect(try decoder.decode(rows.map(Double.init), frames: 1).tokens == expected)
    #expect(try decoder.decode(rows, frames: 1).score == Double(rows[truth]))
    let spread = rows.flatMap { [$0, .nan] }
    let layout = try LogitsLayout(
      batch: 1, time: 1, vocabulary: vocabulary, strides: (0, 0, 2))
    #expect(try decoder.decodeEach(spread.span, layout: layout)[0].get().tokens == expected)
  }
}
