import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// What every function of a CTC loss is given besides the logits, checked.
struct CTCCall {
  let ctc: CTCLoss
  let workspace: LossWorkspace
  let labels: LabelBatch

  init(_ handle: CTCWithWorkspace, labels: LabelBatch) {
    ctc = handle.ctc
    workspace = handle.workspace
    self.labels = labels
  }
}

/// Runs a function of a CTC loss on a batch.
func ctcStatus(
  _ ctc: OpaquePointer?, _ batch: UnsafePointer<seq2seq_ctc_batch>?, readsValues: Bool = true,
  _ body: (CTCCall, any TypedTensor) throws(InputError) -> Void
) -> seq2seq_status {
  status(lossNames) { () throws(InputError) in
    let handle = try Handle<CTCWithWorkspace>.get("ctc", ctc)
    guard let batch = batch?.pointee else { throw InputError("batch", "NULL") }
    let logits = try tensor(
      "logits", batch.logits, lengths: batch.logit_lengths, readsValues: readsValues)
    try body(CTCCall(handle, labels: try LabelBatch("labels", batch.labels)), logits)
  }
}

/// Runs a function of a CTC loss on a batch with a list of hypotheses for each sample.
func ctcStatus(
  _ ctc: OpaquePointer?, _ batch: UnsafePointer<seq2seq_ctc_batch>?,
  _ risk: UnsafePointer<seq2seq_expected_risk>?,
  _ body: (CTCCall, any TypedTensor, RiskArguments) throws(InputError) -> Void
) -> seq2seq_status {
  status(riskNames) { () throws(InputError) in
    let handle = try Handle<CTCWithWorkspace>.get("ctc", ctc)
    guard let batch = batch?.pointee else { throw InputError("batch", "NULL") }
    let logits = try tensor("logits", batch.logits, lengths: batch.logit_lengths)
    try body(CTCCall(handle, labels: []), logits, try RiskArguments(risk))
  }
}
