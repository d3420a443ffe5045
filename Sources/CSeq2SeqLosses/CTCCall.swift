import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// What every function of a loss is given, checked.
struct CTCCall {
  let ctc: CTCLoss
  let workspace: LossWorkspace
  let logits: CheckedTensor
  let labels: LabelBatch

  /// For a function whose labels are `labels`.
  init(
    _ ctc: OpaquePointer?, _ logits: UnsafePointer<seq2seq_tensor>?,
    _ logitLengths: UnsafePointer<Int64>?, labels: LabelBatch = []
  ) throws(InputError) {
    let handle = try Handle<CTCWithWorkspace>.get("ctc", ctc)
    self.ctc = handle.ctc
    workspace = handle.workspace
    self.logits = try CheckedTensor("logits", logits, lengths: logitLengths)
    self.labels = labels
  }

  init(
    _ ctc: OpaquePointer?, _ logits: UnsafePointer<seq2seq_tensor>?,
    _ logitLengths: UnsafePointer<Int64>?, _ labels: UnsafePointer<seq2seq_labels>?
  ) throws(InputError) {
    try self.init(ctc, logits, logitLengths, labels: try LabelBatch(labels))
  }

  var layout: LogitsLayout { logits.layout }

  /// A tensor of the same element type.
  func tensor(
    _ argument: String, _ tensor: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) -> CheckedTensor {
    let checked = try CheckedTensor(argument, tensor)
    guard checked.element == logits.element else {
      throw InputError(argument, "\(checked.element) where the logits are \(logits.element)")
    }
    return checked
  }
}
