import Foundation
import Seq2SeqLosses

/// The report of `seq2seq loss`: a table and a summary, or JSON.
struct LossReport: Encodable {
  let losses: [Double]
  let frames: [Int]
  let labels: [Int]
  let sum: Double
  let mean: Double
  let meanByLabelLength: Double
  let infeasible: Int
  let notANumber: Int

  init(losses: [Double], layout: LogitsLayout, labels: LabelBatch) throws {
    self.losses = losses
    frames = layout.lengths
    self.labels = labels.lengths
    sum = try LossReduction.sum.reduce(losses, of: labels)
    mean = try LossReduction.mean.reduce(losses, of: labels)
    meanByLabelLength = try LossReduction.meanByLabelLength.reduce(losses, of: labels)
    infeasible = losses.count { $0 == .infinity }
    notANumber = losses.count { $0.isNaN }
  }

  /// At most `rows` samples, then the summary.
  func table(rows: Int) -> String {
    var lines = ["sample    frames    labels          loss    loss/label"]
    for sample in losses.indices.prefix(rows) {
      lines.append(
        Self.padded("\(sample)", 6) + Self.padded("\(frames[sample])", 10)
          + Self.padded("\(labels[sample])", 10) + Self.padded(Self.number(losses[sample]), 14)
          + Self.padded(Self.number(losses[sample] / Double(max(1, labels[sample]))), 14))
    }
    if losses.count > rows { lines.append("… \(losses.count - rows) more") }
    lines.append("")
    lines.append("samples               \(losses.count)")
    lines.append("sum                   \(Self.number(sum))")
    lines.append("mean                  \(Self.number(mean))")
    lines.append("mean by label length  \(Self.number(meanByLabelLength))")
    if infeasible > 0 { lines.append("infeasible            \(infeasible)") }
    if notANumber > 0 { lines.append("not a number          \(notANumber)") }
    return lines.joined(separator: "\n")
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  private static func number(_ value: Double) -> String { String(format: "%.6g", value) }
}
