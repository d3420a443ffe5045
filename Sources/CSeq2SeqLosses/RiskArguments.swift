import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// C's hypotheses with their risks, checked.
struct RiskArguments {
  let hypotheses: HypothesisRisks
  let options: ExpectedRisk
  /// All hypotheses, list by list.
  let sequences: LabelBatch
  /// The number of lists.
  let count: Int

  init(_ risk: UnsafePointer<seq2seq_expected_risk>?) throws(InputError) {
    guard let risk = risk?.pointee else { throw InputError("risk", "NULL") }
    let sequences = try LabelBatch("hypotheses", risk.hypotheses)
    let counts = try array("counts", risk.counts, risk.count)
    let risks = try results("risks", UnsafeMutablePointer(mutating: risk.risks), sequences.count)
    var lists: [(LabelBatch, [Double])] = []
    var first = 0
    for (list, count) in counts.enumerated() {
      guard (0...sequences.count - first).contains(count) else {
        throw InputError(
          "counts", sample: list, "\(count) of \(sequences.count - first) that are left")
      }
      let range = first..<first + count
      lists.append((LabelBatch(range.map { Array(sequences[$0]) }), Array(risks[range])))
      first += count
    }
    guard first == sequences.count else {
      throw InputError("counts", "they add up to \(first) of \(sequences.count) hypotheses")
    }
    self.sequences = sequences
    count = counts.count
    hypotheses = try HypothesisRisks(
      hypotheses: lists.map(\.0), risks: lists.map(\.1),
      references: risk.references == nil ? nil : try LabelBatch("references", risk.references))
    options = ExpectedRisk(
      scoreScale: risk.score_scale, baseline: risk.subtracts_mean != 0 ? .mean : .none,
      referenceWeight: risk.reference_weight)
  }
}
