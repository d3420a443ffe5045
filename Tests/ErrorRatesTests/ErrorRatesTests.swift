import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

@testable import ErrorRates

struct ErrorRatesTests {
  /// The definition, in a full table.
  static func plain(_ first: [Int], _ second: [Int]) -> Int {
    var row = Array(0...second.count)
    for (index, element) in first.enumerated() {
      var next = [index + 1]
      for (column, other) in second.enumerated() {
        next.append(
          min(row[column] + (element == other ? 0 : 1), row[column + 1] + 1, next[column] + 1))
      }
      row = next
    }
    return row[second.count]
  }

  @Test(arguments: 0..<150)
  func distancesAndAlignments(seed: Int) {
    var generator = SeededGenerator(seed: seed)
    let lengths = [0, 1, 2, 5, 63, 64, 65, 100, 127, 128, 129, 150]
    let symbols = [1, 2, 4, 50][seed % 4]
    func sequence() -> [Int] {
      let length = lengths.randomElement(using: &generator) ?? 0
      return (0..<length).map { _ in Int.random(in: 0..<symbols, using: &generator) }
    }
    let (reference, hypothesis) = (sequence(), sequence())
    let distance = Self.plain(reference, hypothesis)
    #expect(editDistance(reference, hypothesis) == distance)
    #expect(editDistance(hypothesis, reference) == distance)
    // Tables of all sizes, including those that must be divided down to single rows.
    for limit in [1 << 26, 1000, 0] {
      let alignment = EditAlignment(
        reference: reference, hypothesis: hypothesis, limit: limit)
      #expect(alignment.counts.errors == distance)
      #expect(Self.replays(alignment, reference, hypothesis))
    }
  }

  private static func replays(
    _ alignment: EditAlignment, _ reference: [Int], _ hypothesis: [Int]
  ) -> Bool {
    var (first, second) = (0, 0)
    for step in alignment.steps {
      switch step {
      case .match(first, second) where reference[first] == hypothesis[second]:
        (first, second) = (first + 1, second + 1)
      case .substitution(first, second) where reference[first] != hypothesis[second]:
        (first, second) = (first + 1, second + 1)
      case .deletion(first, second): first += 1
      case .insertion(first, second): second += 1
      default: return false
      }
    }
    return first == reference.count && second == hypothesis.count
  }

  /// 2,000 pairs with the results of jiwer 4 and rapidfuzz 3: distances, and each kind of error.
  @Test func equalsJiwer() throws {
    let url = try #require(
      Bundle.module.url(forResource: "jiwer", withExtension: "tsv", subdirectory: "Fixtures"))
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2000)
    for line in lines {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let numbers = fields[2...].compactMap { Int($0) }
      #expect(
        editDistance(fields[0].unicodeScalars, fields[1].unicodeScalars) == numbers[0])
      let words = ErrorCounts(wordsOf: fields[0], hypothesis: fields[1])
      let characters = ErrorCounts(charactersOf: fields[0], hypothesis: fields[1])
      for (counts, expected) in [(words, numbers[1...4]), (characters, numbers[5...8])] {
        #expect(
          [counts.matches, counts.substitutions, counts.deletions, counts.insertions]
            == Array(expected), "\(line)")
      }
    }
  }

  @Test func ratesAtTheEdges() {
    #expect(ErrorCounts(wordsOf: "", hypothesis: " ").rate == 0)
    #expect(ErrorCounts(wordsOf: "", hypothesis: "a").rate == .infinity)
    #expect(ErrorCounts(wordsOf: "a", hypothesis: "a b c").rate == 2)
    #expect(
      ErrorCounts(
        wordsOf: "Hello,  WORLD!", hypothesis: "hello world",
        normalization: [.lowercase, .withoutPunctuation]
      ).rate == 0)
    #expect(
      ErrorCounts(
        charactersOf: " a  b ", hypothesis: "a b", normalization: .collapsedSpace
      ).rate == 0)
  }

  @Test func bootstrap() throws {
    var generator = SeededGenerator(seed: 3)
    let utterances = (0..<400).map { _ in
      var counts = ErrorCounts()
      counts.matches = 10
      counts.insertions = Int.random(in: 0..<4, using: &generator)
      return counts
    }
    let corpus = CorpusErrors(utterances)
    let interval = try #require(try corpus.bootstrapInterval(seed: 1))
    #expect(try interval == corpus.bootstrapInterval(seed: 1))
    #expect(interval.contains(corpus.rate))
    // The standard error of the mean of 400 draws from 0...3 is 0.056 errors in 10 words.
    let width = interval.upperBound - interval.lowerBound
    #expect(abs(width - 2 * 1.96 * 0.0056) < 0.004)
    var better = corpus
    for index in 0..<40 where better.utterances[index].insertions > 0 {
      better.utterances[index].insertions -= 1
    }
    #expect(try better.probabilityOfImprovement(over: corpus) == 1)
    #expect(try corpus.probabilityOfImprovement(over: corpus) == 0)
    #expect(try CorpusErrors().bootstrapInterval() == nil)
    #expect(try corpus.probabilityOfImprovement(over: CorpusErrors()) == nil)
    for (confidence, resamples) in [(0.0, 10), (1, 10), (.nan, 10), (0.9, 0), (0.9, .max)] {
      #expect(throws: InputError.self) {
        try corpus.bootstrapInterval(confidence: confidence, resamples: resamples)
      }
    }
    #expect(throws: InputError.self) {
      try corpus.probabilityOfImprovement(over: corpus, resamples: -1)
    }
  }
}
