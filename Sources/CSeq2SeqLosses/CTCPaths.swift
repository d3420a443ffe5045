import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Posteriors of tokens by frame; see the header.
@c @implementation
public func seq2seq_ctc_occupancies(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ occupancies: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, labels)
    let occupancies = try call.tensor("occupancies", occupancies)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var span = occupancies.buffer(of: type).mutableSpan
      try call.ctc.occupancies(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels, into: &span,
        occupanciesLayout: occupancies.layout)
    }
    try run(call.logits.element)
  }
}

/// Entropies of the posteriors; see the header.
@c @implementation
public func seq2seq_ctc_entropies(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ entropies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, labels)
    let entropies = try results("entropies", entropies, call.layout.batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let values = try call.ctc.entropies(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels)
      for (sample, value) in values.enumerated() { entropies[sample] = value }
    }
    try run(call.logits.element)
  }
}

/// The best alignments; see the header.
@c @implementation
public func seq2seq_ctc_best_alignments(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ tokens: UnsafeMutablePointer<Int64>!, _ label_indices: UnsafeMutablePointer<Int64>!,
  _ log_probabilities: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, labels)
    let output = try AlignmentOutput(
      tokens, label_indices, log_probabilities, count: call.layout.batch,
      time: call.layout.time)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      output.write(
        try call.ctc.bestAlignments(
          call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels))
    }
    try run(call.logits.element)
  }
}

/// Draws from the posteriors; see the header.
@c @implementation
public func seq2seq_ctc_sampled_alignments(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ count: Int64, _ seed: UInt64, _ tokens: UnsafeMutablePointer<Int64>!,
  _ label_indices: UnsafeMutablePointer<Int64>!,
  _ log_probabilities: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, labels)
    try checkCount("count", Int(count), in: 0...DrawLimit.count)
    let total = try checkedProduct("count", call.layout.batch, Int(count))
    let output = try AlignmentOutput(
      tokens, label_indices, log_probabilities, count: total, time: call.layout.time)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let samples = try call.ctc.sampledAlignments(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels,
        count: Int(count),
        seed: seed)
      output.write(samples.joined())
    }
    try run(call.logits.element)
  }
}

/// C arrays for alignments: `[count, time]` twice, and `[count]`.
private struct AlignmentOutput {
  let tokens, labelIndices: UnsafeMutableBufferPointer<Int64>
  let logProbabilities: UnsafeMutableBufferPointer<Double>
  let time: Int

  init(
    _ tokens: UnsafeMutablePointer<Int64>?, _ labelIndices: UnsafeMutablePointer<Int64>?,
    _ logProbabilities: UnsafeMutablePointer<Double>?, count: Int, time: Int
  ) throws(InputError) {
    let entries = try checkedProduct("count", count, time)
    self.tokens = try results("tokens", tokens, entries)
    self.labelIndices = try results("label_indices", labelIndices, entries)
    self.logProbabilities = try results("log_probabilities", logProbabilities, count)
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
