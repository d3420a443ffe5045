import CSeq2SeqLossesHeader
import MinimumRisk
import Seq2SeqLosses

/// Variants of the loss; see the header.
@c @implementation
public func seq2seq_ctc_variant_values_and_gradient(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ variant: seq2seq_variant, _ parameter: Double, _ log_priors: UnsafePointer<Double>!,
  _ costs: UnsafePointer<seq2seq_tensor>!, _ weights: UnsafePointer<Double>!,
  _ values: UnsafeMutablePointer<Double>!, _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, labels)
    let gradient = try call.tensor("gradient", gradient)
    let weights = weights.map { Array(UnsafeBufferPointer(start: $0, count: call.layout.batch)) }
    let values = try results("values", values, call.layout.batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var values = values.mutableSpan
      var span = gradient.buffer(of: type).mutableSpan
      let logits = call.logits.buffer(of: type).span
      let (layout, labels, workspace) = (call.layout, call.labels, call.workspace)
      switch variant {
      case SEQ2SEQ_PATH_ENTROPY:
        try call.ctc.entropiesAndGradient(
          logits, layout: layout, labels: labels, weights: weights, values: &values,
          gradient: &span, gradientLayout: gradient.layout, workspace: workspace)
      case SEQ2SEQ_ENTROPY_REGULARIZED:
        try call.ctc.entropyRegularizedLossesAndGradient(
          logits, layout: layout, labels: labels, entropyWeight: parameter, weights: weights,
          values: &values, gradient: &span, gradientLayout: gradient.layout, workspace: workspace)
      case SEQ2SEQ_PATH_RISK:
        let costs = try call.tensor("costs", costs)
        try call.ctc.pathRisksAndGradient(
          logits, layout: layout, labels: labels, costs: costs.buffer(of: type).span,
          costsLayout: costs.layout, weights: weights, values: &values, gradient: &span,
          gradientLayout: gradient.layout, workspace: workspace)
      case SEQ2SEQ_PRIOR_CORRECTED:
        let priors = try results(
          "log_priors", UnsafeMutablePointer(mutating: log_priors), layout.vocabulary)
        try call.ctc.priorCorrectedLossesAndGradient(
          logits, layout: layout, labels: labels, logPriors: Array(priors), scale: parameter,
          weights: weights, values: &values, gradient: &span, gradientLayout: gradient.layout,
          workspace: workspace)
      case SEQ2SEQ_FOCAL:
        try call.ctc.focalLossesAndGradient(
          logits, layout: layout, labels: labels, focus: parameter, weights: weights,
          values: &values, gradient: &span, gradientLayout: gradient.layout, workspace: workspace)
      case SEQ2SEQ_SMOOTHED:
        try call.ctc.smoothedLossesAndGradient(
          logits, layout: layout, labels: labels, smoothing: parameter, weights: weights,
          values: &values, gradient: &span, gradientLayout: gradient.layout, workspace: workspace)
      default: throw InputError("variant", "\(variant.rawValue) is no variant")
      }
    }
    try run(call.logits.element)
  }
}

/// Expected edit distances by draws of the model; see the header.
@c @implementation
public func seq2seq_ctc_sampled_edit_risks_and_gradient(
  _ ctc: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ references: UnsafePointer<seq2seq_labels>!,
  _ count: Int64, _ seed: UInt64, _ weights: UnsafePointer<Double>!,
  _ values: UnsafeMutablePointer<Double>!, _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try CTCCall(ctc, logits, logit_lengths, references)
    let gradient = try call.tensor("gradient", gradient)
    let weights = weights.map { Array(UnsafeBufferPointer(start: $0, count: call.layout.batch)) }
    let values = try results("values", values, call.layout.batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var values = values.mutableSpan
      var span = gradient.buffer(of: type).mutableSpan
      try call.ctc.sampledEditRisksAndGradient(
        call.logits.buffer(of: type).span, layout: call.layout, references: call.labels,
        count: Int(count), seed: seed, weights: weights, values: &values, gradient: &span,
        gradientLayout: gradient.layout, workspace: call.workspace)
    }
    try run(call.logits.element)
  }
}
