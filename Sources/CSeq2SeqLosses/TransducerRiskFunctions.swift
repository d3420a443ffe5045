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
    for (list, value) in try logits.expectedRisks(call, risk).enumerated() { values[list] = value }
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
public func seq2seq_transducer_expected_risk_hessian_vector_product(
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
    _ call: TransducerCall, _ risk: RiskArguments
  ) throws(InputError) -> [Double] {
    try call.loss.expectedRisks(
      buffer.span, layout: call.layout, hypotheses: risk.hypotheses, options: risk.options)
  }

  fileprivate func expectedRisksAndGradient(
    _ call: TransducerCall, _ risk: RiskArguments, _ factors: UnsafePointer<Double>?,
    _ values: UnsafeMutablePointer<Double>?, _ gradient: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    let gradient = try sameShape("gradient", gradient)
    let values = try results("values", values, risk.count)
    var span = gradient.buffer.mutableSpan
    let found = try call.loss.expectedRisksAndGradient(
      buffer.span, layout: call.layout, hypotheses: risk.hypotheses, options: risk.options,
      weights: weights(factors, risk.count), gradient: &span)
    for (list, value) in found.enumerated() { values[list] = value }
  }

  fileprivate func expectedRiskHessianVectorProduct(
    _ call: TransducerCall, _ risk: RiskArguments, _ vector: UnsafePointer<seq2seq_tensor>?,
    _ product: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    let vector = try sameShape("vector", vector)
    let product = try sameShape("product", product)
    let found = try call.loss.expectedRiskHessianVectorProduct(
      Array(buffer), layout: call.layout, hypotheses: risk.hypotheses, options: risk.options,
      vector: Array(vector.buffer))
    _ = product.buffer.update(fromContentsOf: found)
  }
}
