import Seq2SeqLosses

/// The CTC losses of a batch and their gradients w.r.t. the logits, `[columns, vocabulary]` each.
///
/// The demo's only use of the library's loss: strings of unequal length go into one padded array.
func ctcTrainingLoss(
  logits: [[Float]], digits: [[Int]], threads: Int
) throws -> [(loss: Double, gradient: [Float])] {
  let vocabulary = DigitStringNetwork.vocabulary
  let width = logits.reduce(0) { max($0, $1.count) }
  let padded = logits.flatMap { $0 + [Float](repeating: 0, count: width - $0.count) }
  let layout = try LogitsLayout(
    batch: logits.count, time: width / vocabulary, vocabulary: vocabulary,
    lengths: logits.map { $0.count / vocabulary })
  let (losses, gradient) = try CTCLoss(blank: DigitStringNetwork.blank, threads: threads)
    .lossesAndGradient(padded, layout: layout, labels: LabelBatch(digits))
  return logits.indices.map { index in
    (losses[index], Array(gradient[index * width..<index * width + logits[index].count]))
  }
}
