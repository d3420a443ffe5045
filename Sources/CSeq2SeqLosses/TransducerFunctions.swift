import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Checks a batch; see the header.
@c @implementation
public func seq2seq_transducer_validate(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!
) -> seq2seq_status {
  transducerStatus(transducer, batch, readsValues: false) { (call, _) throws(InputError) in
    try call.loss.validate(layout: call.layout, labels: call.labels)
  }
}

/// Losses; see the header.
@c @implementation
public func seq2seq_transducer_losses(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ losses: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  transducerStatus(transducer, batch) { (call, logits) throws(InputError) in
    let losses = try results("losses", losses, call.layout.batch)
    try logits.losses(call, losses)
  }
}

/// Losses and their gradient; see the header.
@c @implementation
public func seq2seq_transducer_losses_and_gradient(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ weights: UnsafePointer<Double>!, _ losses: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  transducerStatus(transducer, batch) { (call, logits) throws(InputError) in
    try logits.lossesAndGradient(call, weights, losses, gradient)
  }
}

/// The product of each Hessian with a vector; see the header.
@c @implementation
public func seq2seq_transducer_hessian_vector_products(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ vector: UnsafePointer<seq2seq_tensor>!, _ product: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  transducerStatus(transducer, batch) { (call, logits) throws(InputError) in
    try logits.hessianVectorProducts(call, vector, product)
  }
}

extension TypedTensor {
  fileprivate func losses(
    _ call: TransducerCall, _ losses: UnsafeMutableBufferPointer<Double>
  ) throws(InputError) {
    var losses = losses.mutableSpan
    try call.loss.losses(buffer.span, layout: call.layout, labels: call.labels, into: &losses)
  }

  fileprivate func lossesAndGradient(
    _ call: TransducerCall, _ factors: UnsafePointer<Double>?,
    _ losses: UnsafeMutablePointer<Double>?, _ gradient: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    let gradient = try sameShape("gradient", gradient)
    let results = try results("losses", losses, call.layout.batch)
    let factors = weights(factors, call.layout.batch)
    var losses = results.mutableSpan
    var span = gradient.buffer.mutableSpan
    if gradient.buffer.baseAddress == buffer.baseAddress {
      try call.loss.lossesAndGradient(
        replacing: &span, layout: call.layout, labels: call.labels, weights: factors,
        into: &losses)
    } else {
      try call.loss.lossesAndGradient(
        buffer.span, layout: call.layout, labels: call.labels, into: &losses, gradient: &span,
        output: GradientOutput(weights: factors))
    }
  }

  fileprivate func hessianVectorProducts(
    _ call: TransducerCall, _ vector: UnsafePointer<seq2seq_tensor>?,
    _ product: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    let vector = try sameShape("vector", vector)
    let product = try sameShape("product", product)
    var span = product.buffer.mutableSpan
    try call.loss.hessianVectorProducts(
      buffer.span, layout: call.layout, labels: call.labels, vector: vector.buffer.span,
      into: &span)
  }
}
