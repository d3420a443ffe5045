import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Each sample's loss; see the header.
@c @implementation
public func seq2seq_ctc_losses(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ losses: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, labels)
    let losses = try results("losses", losses, call.layout.batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var losses = losses.mutableSpan
      try call.ctc.losses(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels, into: &losses,
        workspace: call.workspace)
    }
    try run(call.logits.element)
  }
}

/// Losses and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_losses_and_gradient(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ weights: UnsafePointer<Double>!, _ losses: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, labels)
    let gradient = try call.tensor("gradient", gradient)
    let batch = call.layout.batch
    let weights = weights.map { Array(UnsafeBufferPointer(start: $0, count: batch)) }
    let losses = try results("losses", losses, batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var losses = losses.mutableSpan
      var span = gradient.buffer(of: type).mutableSpan
      try call.ctc.lossesAndGradient(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels,
        weights: weights,
        losses: &losses, gradient: &span, gradientLayout: gradient.layout,
        workspace: call.workspace)
    }
    try run(call.logits.element)
  }
}

/// The product of each Hessian with a vector; see the header.
@c @implementation
public func seq2seq_ctc_hessian_vector_product(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ vector: UnsafePointer<seq2seq_tensor>!, _ product: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, labels)
    let vector = try call.tensor("vector", vector)
    let product = try call.tensor("product", product)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var span = product.buffer(of: type).mutableSpan
      try call.ctc.hessianVectorProduct(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels,
        vector: vector.buffer(of: type).span, vectorLayout: vector.layout, product: &span,
        productLayout: product.layout, workspace: call.workspace)
    }
    try run(call.logits.element)
  }
}

/// Each sample's Hessian; see the header.
@c @implementation
public func seq2seq_ctc_hessian(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ hessian: UnsafeMutableRawPointer!, _ element_count: Int64
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, labels)
    guard element_count >= 0 else { throw InputError("element_count", "negative") }
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let values = try results(
        "hessian", hessian?.assumingMemoryBound(to: type), Int(element_count))
      var span = values.mutableSpan
      try call.ctc.hessian(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels, into: &span)
    }
    try run(call.logits.element)
  }
}
