import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Losses; see the header.
@c @implementation
public func seq2seq_ctc_losses(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ losses: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.losses(call, losses)
  }
}

/// Losses and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_losses_and_gradient(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ weights: UnsafePointer<Double>!, _ losses: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.lossesAndGradient(
      call, GradientArguments("losses", weights, losses, gradient))
  }
}

/// The product of each Hessian with a vector; see the header.
@c @implementation
public func seq2seq_ctc_hessian_vector_products(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ vector: UnsafePointer<seq2seq_tensor>!, _ product: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.hessianVectorProducts(call, vector, product)
  }
}

/// Each sample's Hessian; see the header.
@c @implementation
public func seq2seq_ctc_hessians(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ hessians: UnsafeMutableRawPointer!, _ element_count: Int64
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    guard element_count >= 0 else {
      throw InputError("element_count", "\(element_count) is negative")
    }
    try logits.hessians(call, hessians, Int(element_count))
  }
}

extension TypedTensor {
  fileprivate func losses(
    _ call: CTCCall, _ losses: UnsafeMutablePointer<Double>?
  ) throws(InputError) {
    let losses = try results("losses", losses, layout.batch)
    var span = losses.mutableSpan
    try call.ctc.losses(
      buffer.span, layout: layout, labels: call.labels, into: &span, workspace: call.workspace)
  }

  fileprivate func lossesAndGradient(
    _ call: CTCCall, _ output: GradientArguments
  ) throws(InputError) {
    try write(call, output) { (losses, gradient, output) throws(InputError) in
      try call.ctc.lossesAndGradient(
        buffer.span, layout: layout, labels: call.labels,
        into: &losses, gradient: &gradient, output: output)
    }
  }

  fileprivate func hessianVectorProducts(
    _ call: CTCCall, _ vector: UnsafePointer<seq2seq_tensor>?,
    _ product: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    let vector = try sameType("vector", vector)
    let product = try sameType("product", product)
    var span = product.buffer.mutableSpan
    try call.ctc.hessianVectorProducts(
      buffer.span, layout: layout, labels: call.labels, vector: vector.buffer.span, into: &span,
      output: ProductOutput(
        vectorLayout: vector.layout, layout: product.layout, workspace: call.workspace))
  }

  fileprivate func hessians(
    _ call: CTCCall, _ hessians: UnsafeMutableRawPointer?, _ count: Int
  ) throws(InputError) {
    let values = try results("hessians", hessians?.assumingMemoryBound(to: Element.self), count)
    var span = values.mutableSpan
    try call.ctc.hessians(buffer.span, layout: layout, labels: call.labels, into: &span)
  }
}
