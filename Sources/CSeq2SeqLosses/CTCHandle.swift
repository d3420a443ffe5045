import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// The object behind a `seq2seq_ctc`.
struct CTCWithWorkspace {
  let ctc: CTCLoss
  let workspace = LossWorkspace()
}

/// Makes a loss; see the header.
@c @implementation
public func seq2seq_ctc_create(
  _ options: UnsafePointer<seq2seq_ctc_options>!, _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  create(options, result, lossNames) { (options) throws(InputError) in
    try KernelVariant.check()
    let kinds: [CTCInputs] = [.logits, .logProbabilities]
    let topology = try CTCTopology(options.topology)
    guard options.inputs.rawValue < kinds.count else {
      throw InputError("inputs", "\(options.inputs.rawValue) is no kind of inputs")
    }
    return CTCWithWorkspace(
      ctc: CTCLoss(
        blank: Int(options.blank), topology: topology, inputs: kinds[Int(options.inputs.rawValue)],
        threads: try threadCount(options.threads)))
  }
}

/// Destroys a loss; see the header.
@c @implementation
public func seq2seq_ctc_destroy(_ ctc: OpaquePointer!) {
  Handle<CTCWithWorkspace>.destroy(ctc)
}

/// Checks shapes, lengths and labels; see the header.
@c @implementation
public func seq2seq_ctc_validate(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!
) -> seq2seq_status {
  ctcStatus(ctc, batch, readsValues: false) { (call, logits) throws(InputError) in
    try call.ctc.validate(layout: logits.layout, labels: call.labels)
  }
}
