import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Posteriors of tokens by frame; see the header.
@c @implementation
public func seq2seq_ctc_occupancies(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ occupancies: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.occupancies(call, occupancies)
  }
}

/// Entropies of the posteriors; see the header.
@c @implementation
public func seq2seq_ctc_entropies(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ entropies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    let entropies = try results("entropies", entropies, logits.layout.batch)
    for (sample, value) in try logits.entropies(call).enumerated() { entropies[sample] = value }
  }
}

/// The best alignments; see the header.
@c @implementation
public func seq2seq_ctc_best_alignments(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ alignments: UnsafePointer<seq2seq_ctc_alignments>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    let output = try AlignmentOutput(
      alignments, count: logits.layout.batch, time: logits.layout.time)
    output.write(try logits.bestAlignments(call))
  }
}

/// Draws from the posteriors; see the header.
@c @implementation
public func seq2seq_ctc_sampled_alignments(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!, _ count: Int64,
  _ seed: UInt64, _ alignments: UnsafePointer<seq2seq_ctc_alignments>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try checkCount("count", Int(count), in: 0...DrawLimit.count)
    let total = try checkedProduct("count", logits.layout.batch, Int(count))
    let output = try AlignmentOutput(alignments, count: total, time: logits.layout.time)
    output.write(try logits.sampledAlignments(call, Int(count), seed).joined())
  }
}

extension TypedTensor {
  fileprivate func occupancies(
    _ call: CTCCall, _ occupancies: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    let occupancies = try sameType("occupancies", occupancies)
    var span = occupancies.buffer.mutableSpan
    try call.ctc.occupancies(
      buffer.span, layout: layout, labels: call.labels, into: &span,
      occupanciesLayout: occupancies.layout)
  }

  fileprivate func entropies(_ call: CTCCall) throws(InputError) -> [Double] {
    try call.ctc.entropies(buffer.span, layout: layout, labels: call.labels)
  }

  fileprivate func bestAlignments(_ call: CTCCall) throws(InputError) -> [CTCAlignment] {
    try call.ctc.bestAlignments(buffer.span, layout: layout, labels: call.labels)
  }

  fileprivate func sampledAlignments(
    _ call: CTCCall, _ count: Int, _ seed: UInt64
  ) throws(InputError) -> [[CTCAlignment]] {
    try call.ctc.sampledAlignments(
      buffer.span, layout: layout, labels: call.labels, count: count, seed: seed)
  }
}

/// C arrays for alignments: `[count, time]` twice, and `[count]`.
private struct AlignmentOutput {
  let tokens, labelIndices: UnsafeMutableBufferPointer<Int64>
  let logProbabilities: UnsafeMutableBufferPointer<Double>
  let time: Int

  init(
    _ alignments: UnsafePointer<seq2seq_ctc_alignments>?, count: Int, time: Int
  ) throws(InputError) {
    guard let alignments = alignments?.pointee else { throw InputError("alignments", "NULL") }
    let entries = try checkedProduct("count", count, time)
    tokens = try results("tokens", alignments.tokens, entries)
    labelIndices = try results("label_indices", alignments.label_indices, entries)
    logProbabilities = try results("log_probabilities", alignments.log_probabilities, count)
    self.time = time
  }

  func write(_ alignments: some Sequence<CTCAlignment>) {
    tokens.update(repeating: -1)
    labelIndices.update(repeating: -1)
    for (row, alignment) in alignments.enumerated() {
      for frame in alignment.tokens.indices {
        tokens[row * time + frame] = Int64(alignment.tokens[frame])
        labelIndices[row * time + frame] = Int64(alignment.labelIndices[frame] ?? -1)
      }
      logProbabilities[row] = alignment.logProbability
    }
  }
}
