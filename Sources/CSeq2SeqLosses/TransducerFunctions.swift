import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// The arguments that all functions of a transducer share, checked.
private struct TransducerCall {
  let loss: TransducerLoss
  let logits: CheckedTensor
  let layout: JoinerLayout
  let labels: LabelBatch

  init(
    _ options: UnsafePointer<seq2seq_transducer_options>?,
    _ logits: UnsafePointer<seq2seq_tensor>?, _ lengths: UnsafePointer<Int64>?,
    _ labels: UnsafePointer<seq2seq_labels>?
  ) throws(InputError) {
    guard let options = options?.pointee else { throw InputError("options", "NULL") }
    self.logits = try CheckedTensor("logits", logits)
    let rows = self.logits.layout
    guard
      rows.batch * rows.time * rows.vocabulary == 0
        || ((rows.vocabularyStride == 1 || rows.vocabulary == 1)
          && (rows.timeStride == rows.vocabulary || rows.time == 1)
          && (rows.batchStride == rows.time * rows.vocabulary || rows.batch == 1))
    else { throw InputError("logits", "not dense") }
    guard options.positions >= 1, rows.time % Int(options.positions) == 0 else {
      throw InputError("positions", "\(options.positions) in \(rows.time) rows a sample")
    }
    layout = try JoinerLayout(
      batch: rows.batch, time: rows.time / Int(options.positions),
      positions: Int(options.positions), vocabulary: rows.vocabulary,
      lengths: lengths.map {
        UnsafeBufferPointer(start: $0, count: rows.batch).map { Int($0) }
      })
    loss = TransducerLoss(
      blank: Int(options.blank),
      topology: options.one_symbol_a_frame != 0 ? .monotonic : .standard,
      fastEmit: options.fast_emit,
      gradientLimit: options.gradient_limit > 0 ? options.gradient_limit : nil,
      threads: try threadCount(options.threads))
    self.labels = try LabelBatch(labels)
  }

  /// A tensor that must be like the logits.
  func tensor(
    _ argument: String, _ tensor: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) -> CheckedTensor {
    let tensor = try CheckedTensor(argument, tensor)
    guard tensor.element == logits.element, tensor.layout == logits.layout else {
      throw InputError(argument, "not of the shape and type of the logits")
    }
    return tensor
  }
}

/// A transducer's losses and their gradient; see the header.
@c @implementation
public func seq2seq_transducer_losses_and_gradient(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ labels: UnsafePointer<seq2seq_labels>!, _ losses: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try TransducerCall(options, logits, logit_lengths, labels)
    let gradient = try gradient.map { (gradient) throws(InputError) in
      try call.tensor("gradient", gradient)
    }
    let losses = try results("losses", losses, call.layout.batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let values = call.logits.buffer(of: type).span
      let found: [Double]
      if let gradient {
        var span = gradient.buffer(of: type).mutableSpan
        found = try call.loss.lossesAndGradient(
          values, layout: call.layout, labels: call.labels, gradient: &span)
      } else {
        found = try call.loss.losses(values, layout: call.layout, labels: call.labels)
      }
      for (sample, value) in found.enumerated() { losses[sample] = value }
    }
    try run(call.logits.element)
  }
}

/// Products of a transducer's Hessians with a vector; see the header.
@c @implementation
public func seq2seq_transducer_hessian_vector_product(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ labels: UnsafePointer<seq2seq_labels>!, _ vector: UnsafePointer<seq2seq_tensor>!,
  _ product: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try TransducerCall(options, logits, logit_lengths, labels)
    let (vector, product) = (try call.tensor("vector", vector), try call.tensor("product", product))
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var span = product.buffer(of: type).mutableSpan
      try call.loss.hessianVectorProducts(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels,
        vector: vector.buffer(of: type).span, product: &span)
    }
    try run(call.logits.element)
  }
}
