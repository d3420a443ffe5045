import CLibrary
import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// What a `seq2seq_ctc` points to.
struct CTCWithWorkspace {
  let ctc: CTCLoss
  let workspace = LossWorkspace()
}

/// Makes a loss; see the header.
@c @implementation
public func seq2seq_ctc_create(
  _ blank: Int64, _ topology: seq2seq_topology, _ inputs: seq2seq_inputs, _ threads: Int64,
  _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  status { () throws(InputError) in
    guard let result else { throw InputError("result", "NULL") }
    try KernelVariant.check()
    let kinds: [CTCInputs] = [.logits, .logProbabilities]
    let topology = try CTCTopology(topology)
    guard inputs.rawValue < kinds.count else {
      throw InputError("inputs", "\(inputs.rawValue) is no kind of inputs")
    }
    let ctc = CTCLoss(
      blank: Int(blank), topology: topology, inputs: kinds[Int(inputs.rawValue)],
      threads: try threadCount(threads))
    result.pointee = Handle.make(CTCWithWorkspace(ctc: ctc))
  }
}

/// Ends a loss; see the header.
@c @implementation
public func seq2seq_ctc_destroy(_ ctc: OpaquePointer!) {
  Handle<CTCWithWorkspace>.destroy(ctc)
}

/// Checks shapes, lengths and labels; see the header.
@c @implementation
public func seq2seq_ctc_validate(
  _ ctc: OpaquePointer!, _ shape: UnsafePointer<Int64>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ labels: UnsafePointer<seq2seq_labels>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let ctc = try Handle<CTCWithWorkspace>.get("ctc", ctc).ctc
    guard let shape else { throw InputError("shape", "NULL") }
    let batch = Int(shape[0])
    try LogitsLayout.checkAxes(batch: batch, time: Int(shape[1]), vocabulary: Int(shape[2]))
    let layout = try LogitsLayout(
      batch: batch, time: Int(shape[1]), vocabulary: Int(shape[2]),
      lengths: logit_lengths.map { UnsafeBufferPointer(start: $0, count: batch).map(Int.init) })
    try ctc.validate(layout: layout, labels: try LabelBatch(labels))
  }
}

/// The name of a topology; see the header.
@c @implementation
public func seq2seq_topology_name(_ topology: seq2seq_topology) -> UnsafePointer<CChar>! {
  topologyNames.indices.contains(Int(topology.rawValue))
    ? topologyNames[Int(topology.rawValue)].map { UnsafePointer($0) } : nil
}

// Copies that live as long as the program, and that nobody writes to.
nonisolated(unsafe) private let topologyNames = CTCTopology.allCases.map { strdup($0.rawValue) }

/// The version of the library; see the header.
@c @implementation
public func seq2seq_version() -> UnsafePointer<CChar>! { immortal("0.1.0") }

/// The build of the kernels; see the header.
@c @implementation
public func seq2seq_kernel() -> UnsafePointer<CChar>! {
  switch KernelVariant.standard {
  case .avx512: immortal("avx512")
  case .avx2: immortal("avx2")
  case .baseline: immortal("baseline")
  case .general: immortal("general")
  }
}
