import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// A transducer's losses and their gradient; see the header.
@c @implementation
public func seq2seq_transducer_losses_and_gradient(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ labels: UnsafePointer<seq2seq_labels>!, _ losses: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    guard let options = options?.pointee else { throw InputError("options", "NULL") }
    let logits = try CheckedTensor("logits", logits)
    try checkDense("logits", logits.layout)
    let gradient = try gradient.map { (gradient) throws(InputError) in
      let gradient = try CheckedTensor("gradient", gradient)
      guard gradient.element == logits.element, gradient.layout == logits.layout else {
        throw InputError("gradient", "not of the shape and type of the logits")
      }
      return gradient
    }
    let (batch, rows) = (logits.layout.batch, logits.layout.time)
    guard options.positions >= 1, rows % Int(options.positions) == 0 else {
      throw InputError("positions", "\(options.positions) in \(rows) rows a sample")
    }
    let layout = try JoinerLayout(
      batch: batch, time: rows / Int(options.positions), positions: Int(options.positions),
      vocabulary: logits.layout.vocabulary,
      lengths: logit_lengths.map {
        UnsafeBufferPointer(start: $0, count: batch).map { Int($0) }
      })
    let loss = TransducerLoss(
      blank: Int(options.blank),
      topology: options.one_symbol_a_frame != 0 ? .monotonic : .standard,
      fastEmit: options.fast_emit,
      gradientLimit: options.gradient_limit > 0 ? options.gradient_limit : nil,
      threads: try threadCount(options.threads))
    let labels = try LabelBatch(labels)
    let losses = try results("losses", losses, batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let values = logits.buffer(of: type).span
      let found: [Double]
      if let gradient {
        var span = gradient.buffer(of: type).mutableSpan
        found = try loss.lossesAndGradient(
          values, layout: layout, labels: labels, gradient: &span)
      } else {
        found = try loss.losses(values, layout: layout, labels: labels)
      }
      for (sample, value) in found.enumerated() { losses[sample] = value }
    }
    try run(logits.element)
  }
}

private func checkDense(_ argument: String, _ layout: LogitsLayout) throws(InputError) {
  guard layout.batch * layout.time * layout.vocabulary > 0 else { return }
  guard layout.vocabularyStride == 1 || layout.vocabulary == 1,
    layout.timeStride == layout.vocabulary || layout.time == 1,
    layout.batchStride == layout.time * layout.vocabulary || layout.batch == 1
  else { throw InputError(argument, "not dense") }
}
