import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Expected risks; see the header.
@c @implementation
public func seq2seq_transducer_expected_risks(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ risk: UnsafePointer<seq2seq_expected_risk>!, _ values: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  transducerStatus(transducer, batch, risk) { (call, logits, risk) throws(InputError) in
    let values = try results("values", values, risk.count)
    try logits.expectedRisks(call, risk, values)
  }
}

/// Expected risks and their gradient; see the header.
@c @implementation
public func seq2seq_transducer_expected_risks_and_gradient(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ risk: UnsafePointer<seq2seq_expected_risk>!, _ weights: UnsafePointer<Double>!,
  _ values: UnsafeMutablePointer<Double>!, _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  transducerStatus(transducer, batch, risk) { (call, logits, risk) throws(InputError) in
    try logits.expectedRisksAndGradient(call, risk, weights, values, gradient)
  }
}

/// The product of each Hessian with a vector; see the header.
@c @implementation
public func seq2seq_transducer_expected_risk_hessian_vector_products(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ risk: UnsafePointer<seq2seq_expected_risk>!, _ vector: UnsafePointer<seq2seq_tensor>!,
  _ product: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  transducerStatus(transducer, batch, risk) { (call, logits, risk) throws(InputError) in
    try logits.expectedRiskHessianVectorProduct(call, risk, vector, product)
  }
}

extension TypedTensor {
  fileprivate func expectedRisks(
    _ call: TransducerCall, _ risk: RiskArguments, _ values: UnsafeMutableBufferPointer<Double>
  ) throws(InputError) {
    var values = values.mutableSpan
    try call.loss.expectedRisks(
      buffer.span, layout: call.layout, hypotheses: risk.hypotheses, options: risk.options,
      into: &values)
  }

  fileprivate func expectedRisksAndGradient(
    _ call: TransducerCall, _ risk: RiskArguments, _ factors: UnsafePointer<Double>?,
    _ values: UnsafeMutablePointer<Double>?, _ gradient: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    let gradient = try sameShape("gradient", gradient)
    let results = try results("values", values, risk.count)
    var values = results.mutableSpan
    var span = gradient.buffer.mutableSpan
    try call.loss.expectedRisksAndGradient(
      buffer.span, layout: call.layout, hypotheses: risk.hypotheses, options: risk.options,
      into: &values, gradient: &span,
      output: GradientOutput(weights: weights(factors, risk.count)))
  }

  fileprivate func expectedRiskHessianVectorProduct(
    _ call: TransducerCall, _ risk: RiskArguments, _ vector: UnsafePointer<seq2seq_tensor>?,
    _ product: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    let vector = try sameShape("vector", vector)
    let product = try sameShape("product", product)
    var span = product.buffer.mutableSpan
    try call.loss.expectedRiskHessianVectorProducts(
      buffer.span, layout: call.layout, hypotheses: risk.hypotheses, options: risk.options,
      vector: vector.buffer.span, into: &span)
  }
}
