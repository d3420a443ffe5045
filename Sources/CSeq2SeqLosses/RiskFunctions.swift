import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Expected risks and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_expected_risks_and_gradient(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ risk: UnsafePointer<seq2seq_expected_risk>!,
  _ weights: UnsafePointer<Double>!, _ values: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths)
    let batch = call.layout.batch
    let (hypotheses, options) = try expectedRisk(risk, batch: batch)
    let gradient = try gradient.map { (tensor) throws(InputError) in
      try call.tensor("gradient", tensor)
    }
    let weights = weights.map { Array(UnsafeBufferPointer(start: $0, count: batch)) }
    let values = try results("values", values, batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var values = values.mutableSpan
      let logits = call.logits.buffer(of: type).span
      guard let gradient else {
        try call.ctc.expectedRisks(
          logits, layout: call.layout, hypotheses: hypotheses, options: options, into: &values,
          workspace: call.workspace)
        return
      }
      var span = gradient.buffer(of: type).mutableSpan
      try call.ctc.expectedRisksAndGradient(
        logits, layout: call.layout, hypotheses: hypotheses, options: options, weights: weights,
        values: &values, gradient: &span, gradientLayout: gradient.layout,
        workspace: call.workspace)
    }
    try run(call.logits.element)
  }
}

/// The product of each Hessian with a vector; see the header.
@c @implementation
public func seq2seq_ctc_expected_risk_hessian_vector_product(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ risk: UnsafePointer<seq2seq_expected_risk>!,
  _ vector: UnsafePointer<seq2seq_tensor>!, _ product: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths)
    let (hypotheses, options) = try expectedRisk(risk, batch: call.layout.batch)
    let vector = try call.tensor("vector", vector)
    let product = try call.tensor("product", product)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var span = product.buffer(of: type).mutableSpan
      try call.ctc.expectedRiskHessianVectorProduct(
        call.logits.buffer(of: type).span, layout: call.layout, hypotheses: hypotheses,
        options: options, vector: vector.buffer(of: type).span, vectorLayout: vector.layout,
        product: &span, productLayout: product.layout, workspace: call.workspace)
    }
    try run(call.logits.element)
  }
}

/// C's hypotheses and options.
func expectedRisk(
  _ risk: UnsafePointer<seq2seq_expected_risk>?, batch: Int
) throws(InputError) -> (HypothesisRisks, ExpectedRisk) {
  guard let risk = risk?.pointee else { throw InputError("risk", "NULL") }
  let sequences = try LabelBatch(risk.hypotheses, "hypotheses")
  let counts = try array("counts", risk.counts, Int64(batch))
  let risks = try results("risks", UnsafeMutablePointer(mutating: risk.risks), sequences.count)
  var hypotheses: [LabelBatch] = []
  var lists: [[Double]] = []
  var first = 0
  for (sample, count) in counts.enumerated() {
    guard (0...sequences.count - first).contains(count) else {
      throw InputError(
        "counts", sample: sample, "\(count) of \(sequences.count - first) that are left")
    }
    hypotheses.append(LabelBatch((first..<first + count).map { Array(sequences[$0]) }))
    lists.append(Array(risks[first..<first + count]))
    first += count
  }
  guard first == sequences.count else {
    throw InputError("counts", "they add up to \(first) of \(sequences.count) hypotheses")
  }
  return (
    try HypothesisRisks(
      hypotheses: hypotheses, risks: lists,
      references: risk.references == nil ? nil : try LabelBatch(risk.references, "references")),
    ExpectedRisk(
      scoreScale: risk.score_scale, baseline: risk.subtracts_mean != 0 ? .mean : .none,
      referenceWeight: risk.reference_weight)
  )
}
