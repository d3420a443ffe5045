import CSeq2SeqLossesHeader
import MinimumRisk
import Seq2SeqLosses

/// Expected risks; see the header.
@c @implementation
public func seq2seq_ctc_expected_risks(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ risk: UnsafePointer<seq2seq_expected_risk>!, _ values: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  ctcStatus(ctc, batch, risk) { (call, logits, risk) throws(InputError) in
    try logits.expectedRisks(call, risk, values)
  }
}

/// Expected risks and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_expected_risks_and_gradient(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ risk: UnsafePointer<seq2seq_expected_risk>!, _ weights: UnsafePointer<Double>!,
  _ values: UnsafeMutablePointer<Double>!, _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch, risk) { (call, logits, risk) throws(InputError) in
    try logits.expectedRisks(call, risk, GradientArguments("values", weights, values, gradient))
  }
}

/// The product of each Hessian with a vector; see the header.
@c @implementation
public func seq2seq_ctc_expected_risk_hessian_vector_products(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ risk: UnsafePointer<seq2seq_expected_risk>!, _ vector: UnsafePointer<seq2seq_tensor>!,
  _ product: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch, risk) { (call, logits, risk) throws(InputError) in
    try logits.expectedRiskHessianVectorProduct(call, risk, vector, product)
  }
}

/// Expected edit distances by draws of the model; see the header.
@c @implementation
public func seq2seq_ctc_sampled_edit_risks_and_gradient(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!, _ count: Int64,
  _ seed: UInt64, _ weights: UnsafePointer<Double>!, _ values: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.sampledEditRisks(
      call, Int(count), seed, GradientArguments("values", weights, values, gradient))
  }
}

extension TypedTensor {
  fileprivate func expectedRisks(
    _ call: CTCCall, _ risk: RiskArguments, _ values: UnsafeMutablePointer<Double>?
  ) throws(InputError) {
    let values = try results("values", values, layout.batch)
    var span = values.mutableSpan
    try call.ctc.expectedRisks(
      buffer.span, layout: layout, hypotheses: risk.hypotheses, options: risk.options,
      into: &span, workspace: call.workspace)
  }

  fileprivate func expectedRisks(
    _ call: CTCCall, _ risk: RiskArguments, _ output: GradientArguments
  ) throws(InputError) {
    try write(call, output) { (values, gradient, output) throws(InputError) in
      try call.ctc.expectedRisksAndGradient(
        buffer.span, layout: layout, hypotheses: risk.hypotheses, options: risk.options,
        into: &values, gradient: &gradient, output: output)
    }
  }

  fileprivate func expectedRiskHessianVectorProduct(
    _ call: CTCCall, _ risk: RiskArguments, _ vector: UnsafePointer<seq2seq_tensor>?,
    _ product: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    let vector = try sameType("vector", vector)
    let product = try sameType("product", product)
    var span = product.buffer.mutableSpan
    try call.ctc.expectedRiskHessianVectorProducts(
      buffer.span, layout: layout, hypotheses: risk.hypotheses, options: risk.options,
      vector: vector.buffer.span, into: &span,
      output: ProductOutput(
        vectorLayout: vector.layout, layout: product.layout, workspace: call.workspace))
  }

  fileprivate func sampledEditRisks(
    _ call: CTCCall, _ count: Int, _ seed: UInt64, _ output: GradientArguments
  ) throws(InputError) {
    try write(call, output) { (values, gradient, output) throws(InputError) in
      try call.ctc.sampledEditRisksAndGradient(
        buffer.span, layout: layout, references: call.labels, count: count, seed: seed,
        into: &values, gradient: &gradient, output: output)
    }
  }
}
