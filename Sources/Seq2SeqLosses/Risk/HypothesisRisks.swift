/// The hypotheses of a batch's utterances and their risks: the input of minimum risk training.
///
/// ```swift
/// let risks = try HypothesisRisks(
///   hypotheses: [[[3, 1], [3], [3, 2]]], risks: [[0, 1, 1]], references: [[3, 1]])
/// ```
public struct HypothesisRisks: Sendable, Equatable {
  /// The distinct label sequences of each utterance, `[batch][hypotheses]`.
  public let hypotheses: [LabelBatch]
  /// The risk of each hypothesis, `[batch][hypotheses]`.
  public let risks: [[Double]]
  /// The reference of each utterance, `[batch]`; needed if ``ExpectedRisk/referenceWeight`` is above 0.
  public let references: LabelBatch?

  /// Any number of hypotheses for each utterance, in any order, with any risks, such as edit distances.
  ///
  /// A sequence that an utterance has twice counts once: it is one event of the model. O(labels).
  ///
  /// - Parameters:
  ///   - hypotheses: The label sequences of each utterance, `[batch][hypotheses]`.
  ///   - risks: The risk of each, `[batch][hypotheses]`.
  ///   - references: The reference of each utterance, `[batch]`.
  /// - Throws: ``InputError`` where the counts do not match, a risk is not finite or its magnitude is above 1e150, or one
  ///   sequence has two risks.
  public init(
    hypotheses: [LabelBatch], risks: [[Double]], references: LabelBatch? = nil
  ) throws(InputError) {
    guard risks.count == hypotheses.count else {
      throw InputError("risks", "\(risks.count) lists for \(hypotheses.count) of hypotheses")
    }
    if let references, references.count != hypotheses.count {
      throw InputError(
        "references", "\(references.count) for \(hypotheses.count) lists of hypotheses")
    }
    var distinct: [LabelBatch] = []
    var kept: [[Double]] = []
    for (sample, (sequences, risks)) in zip(hypotheses, risks).enumerated() {
      guard risks.count == sequences.count else {
        throw InputError(
          "risks", sample: sample, "\(risks.count) risks for \(sequences.count) hypotheses")
      }
      let places = try Self.distinctPlaces(sequences, risks, sample)
      distinct.append(
        places.count == sequences.count
          ? sequences : LabelBatch(places.map { Array(sequences[$0]) }))
      kept.append(places.map { risks[$0] })
    }
    self.hypotheses = distinct
    self.risks = kept
    self.references = references
  }

  /// The index of the first occurrence of each distinct sequence.
  private static func distinctPlaces(
    _ sequences: LabelBatch, _ risks: [Double], _ sample: Int
  ) throws(InputError) -> [Int] {
    var first: [ArraySlice<Int>: Int] = [:]
    var places: [Int] = []
    for (index, risk) in risks.enumerated() {
      guard risk.isFinite else {
        throw InputError("risks", sample: sample, position: index, "\(risk) is not finite")
      }
      // Differences of risks and their sums must be finite too.
      guard risk.magnitude <= 1e150 else {
        throw InputError("risks", sample: sample, position: index, "\(risk) is beyond 1e150")
      }
      if let other = first.updateValue(first[sequences[index]] ?? index, forKey: sequences[index]) {
        guard risks[other] == risk else {
          throw InputError(
            "risks", sample: sample, position: index,
            "\(risk) for the sequence that has \(risks[other]) at position \(other)")
        }
      } else {
        places.append(index)
      }
    }
    return places
  }
}
