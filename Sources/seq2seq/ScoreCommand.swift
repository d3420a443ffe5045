import ArgumentParser
import ErrorRates
import Foundation
import TensorFiles
import TextFiles

/// `seq2seq score`: computes error rates of texts.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Compute the error rates of texts.",
    discussion: """
      REFERENCES and HYPOTHESES are text files with one utterance per line, or JSON Lines with "text", as \
      decode prints them. Words and characters are compared by their Unicode scalars, as in Python and \
      jiwer: "é" as one scalar and "é" as two are different unless --normalize is given.
      """)

  /// Unicode's composed normalization forms: canonical (NFC), and with compatibility characters
  /// replaced (NFKC).
  enum Form: String, CaseIterable, ExpressibleByArgument {
    case nfc, nfkc

    func apply(to text: String) -> String {
      switch self {
      case .nfc: text.precomposedStringWithCanonicalMapping
      case .nfkc: text.precomposedStringWithCompatibilityMapping
      }
    }
  }

  enum Unit: String, CaseIterable, ExpressibleByArgument { case word, character }

  @Argument(help: "The true texts.") var references: String
  @Argument(help: "The recognized texts.") var hypotheses: String
  @Option(help: "The unit that is counted (default: both).") var unit: Unit?
  @Option(help: "Convert the texts to this Unicode normalization form first.") var normalize: Form?
  @Flag(help: "Ignore case (Unicode's full case folding).") var lowercase = false
  @Flag(help: "Ignore punctuation.") var withoutPunctuation = false
  @Option(help: "The level of the confidence intervals, between 0 and 1.") var confidence = 0.95
  @Option(help: "The number of bootstrap samples for the intervals.") var resamples = 1000
  @Option(help: "The seed of the bootstrap.") var seed: UInt64 = 0
  @Option(help: "Show the alignments of this many utterances, the worst first.") var show = 0
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard confidence > 0, confidence < 1 else {
      throw ValidationError("--confidence must be between 0 and 1")
    }
    guard (1...1_000_000).contains(resamples) else {
      throw ValidationError("--resamples must be between 1 and 1000000")
    }
    guard show >= 0 else { throw ValidationError("--show must not be negative") }
  }

  func run() throws {
    try FileRoles.check(
      inputs: [("REFERENCES", references), ("HYPOTHESES", hypotheses)], outputs: [])
    var pair = try (Self.texts(references), Self.texts(hypotheses))
    guard pair.0.count == pair.1.count else {
      throw TensorFileError(
        hypotheses, "\(pair.1.count) utterances for \(pair.0.count) references")
    }
    var normalization: TextNormalization = []
    if lowercase { normalization.insert(.lowercase) }
    if withoutPunctuation { normalization.insert(.withoutPunctuation) }
    if let normalize {
      // Normalized again, because folding case or removing punctuation before a combining mark may
      // undo the form.
      func apply(_ text: String) -> String {
        let form = normalize.apply(to: text)
        return normalization.isEmpty
          ? form : normalize.apply(to: normalization.apply(to: form))
      }
      pair = (pair.0.map(apply), pair.1.map(apply))
    }
    let reports = try (unit.map { [$0] } ?? Unit.allCases).map { unit in
      let errors = CorpusErrors(
        zip(pair.0, pair.1).map { reference, hypothesis in
          switch unit {
          case .word:
            ErrorCounts(
              wordsOf: reference, hypothesis: hypothesis, normalization: normalization)
          case .character:
            ErrorCounts(
              charactersOf: reference, hypothesis: hypothesis, normalization: normalization)
          }
        })
      return try ScoreReport(
        unit: unit.rawValue, errors,
        interval: errors.bootstrapInterval(
          confidence: confidence, resamples: resamples, seed: seed))
    }
    try print(try json ? jsonText(reports, isPretty: true) : ScoreReport.table(reports, confidence))
    for text in worst(pair.0, pair.1, normalization) { try print("\n" + text) }
  }

  private func worst(
    _ references: [String], _ hypotheses: [String], _ normalization: TextNormalization
  ) -> [String] {
    let order = references.indices.map { index in
      (
        index,
        ErrorCounts(
          wordsOf: references[index], hypothesis: hypotheses[index],
          normalization: normalization
        ).errors
      )
    }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    return order.prefix(show).map { index, errors in
      "utterance \(index + 1): \(errors) errors\n"
        + WordAlignmentText.text(
          reference: references[index], hypothesis: hypotheses[index],
          normalization: normalization)
    }
  }

  private static func texts(_ path: String) throws -> [String] {
    let file = try TextFile(contentsOf: path)
    return path.hasSuffix(".jsonl") ? try file.jsonTexts() : file.allLines
  }
}

/// The report of `seq2seq score` for one unit.
struct ScoreReport: Encodable {
  let unit: String
  /// `nil` ("null" in JSON) if there are errors but the references are empty.
  let rate: Double?
  let low: Double?
  let high: Double?
  let errors, substitutions, deletions, insertions, referenceLength: Int

  init(unit: String, _ corpus: CorpusErrors, interval: ClosedRange<Double>?) {
    let total = corpus.total
    self.unit = unit
    rate = total.rate.isFinite ? total.rate : nil
    low = interval?.lowerBound
    high = interval?.upperBound
    errors = total.errors
    substitutions = total.substitutions
    deletions = total.deletions
    insertions = total.insertions
    referenceLength = total.referenceLength
  }

  enum Key: CodingKey {
    case unit, rate, low, high, errors, substitutions, deletions, insertions, referenceLength
  }

  // Written by hand, so that unknown values are null rather than omitted.
  func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(unit, forKey: .unit)
    try object.encode(rate, forKey: .rate)
    try object.encode(low, forKey: .low)
    try object.encode(high, forKey: .high)
    try object.encode(errors, forKey: .errors)
    try object.encode(substitutions, forKey: .substitutions)
    try object.encode(deletions, forKey: .deletions)
    try object.encode(insertions, forKey: .insertions)
    try object.encode(referenceLength, forKey: .referenceLength)
  }

  static func table(_ reports: [ScoreReport], _ confidence: Double) -> String {
    let level = String(format: "%.3g %%", 100 * confidence)
    var lines = [
      "unit        rate        \(level) interval    errors     sub     del     ins      of"
    ]
    for report in reports {
      let interval =
        if let low = report.low, let high = report.high {
          String(format: "%.2f … %.2f %%", 100 * low, 100 * high)
        } else { "" }
      let name = report.unit.padding(toLength: 10, withPad: " ", startingAt: 0)
      lines.append(
        name + String(format: "%6.2f %%", 100 * (report.rate ?? .infinity))
          + String(repeating: " ", count: max(1, 22 - interval.count)) + interval
          + String(
            format: "%10d%8d%8d%8d%8d", report.errors, report.substitutions, report.deletions,
            report.insertions, report.referenceLength))
    }
    return lines.joined(separator: "\n")
  }
}
