import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Entropies and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_entropies_and_gradient(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ weights: UnsafePointer<Double>!, _ entropies: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.entropies(call, GradientArguments("entropies", weights, entropies, gradient))
  }
}

/// Losses less weighted entropies, and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_entropy_regularized_losses_and_gradient(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!, _ entropy_weight: Double,
  _ weights: UnsafePointer<Double>!, _ losses: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.entropyRegularized(
      call, entropy_weight, GradientArguments("losses", weights, losses, gradient))
  }
}

/// Expected costs of paths and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_path_risks_and_gradient(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ costs: UnsafePointer<seq2seq_tensor>!, _ weights: UnsafePointer<Double>!,
  _ risks: UnsafeMutablePointer<Double>!, _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.pathRisks(call, costs, GradientArguments("risks", weights, risks, gradient))
  }
}

/// Losses of scores without label priors, and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_prior_corrected_losses_and_gradient(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!,
  _ log_priors: UnsafePointer<Double>!, _ scale: Double, _ weights: UnsafePointer<Double>!,
  _ losses: UnsafeMutablePointer<Double>!, _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.priorCorrected(
      call, log_priors, scale, GradientArguments("losses", weights, losses, gradient))
  }
}

/// Focal losses and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_focal_losses_and_gradient(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!, _ focus: Double,
  _ weights: UnsafePointer<Double>!, _ losses: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.focal(
      call, focus, GradientArguments("losses", weights, losses, gradient))
  }
}

/// Losses with label smoothing and their gradient; see the header.
@c @implementation
public func seq2seq_ctc_smoothed_losses_and_gradient(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!, _ smoothing: Double,
  _ weights: UnsafePointer<Double>!, _ losses: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    try logits.smoothed(
      call, smoothing, GradientArguments("losses", weights, losses, gradient))
  }
}

extension TypedTensor {
  fileprivate func entropies(
    _ call: CTCCall, _ output: GradientArguments
  ) throws(InputError) {
    try write(call, output) { (values, gradient, output) throws(InputError) in
      try call.ctc.entropiesAndGradient(
        buffer.span, layout: layout, labels: call.labels,
        into: &values, gradient: &gradient, output: output)
    }
  }

  fileprivate func entropyRegularized(
    _ call: CTCCall, _ weight: Double, _ output: GradientArguments
  ) throws(InputError) {
    try write(call, output) { (values, gradient, output) throws(InputError) in
      try call.ctc.entropyRegularizedLossesAndGradient(
        buffer.span, layout: layout, labels: call.labels, entropyWeight: weight,
        into: &values, gradient: &gradient, output: output)
    }
  }

  fileprivate func pathRisks(
    _ call: CTCCall, _ costs: UnsafePointer<seq2seq_tensor>?, _ output: GradientArguments
  ) throws(InputError) {
    let costs = try sameType("costs", costs)
    try write(call, output) { (values, gradient, output) throws(InputError) in
      try call.ctc.pathRisksAndGradient(
        buffer.span, layout: layout, labels: call.labels, costs: costs.buffer.span,
        costsLayout: costs.layout,
        into: &values, gradient: &gradient, output: output)
    }
  }

  fileprivate func priorCorrected(
    _ call: CTCCall, _ logPriors: UnsafePointer<Double>?, _ scale: Double,
    _ output: GradientArguments
  ) throws(InputError) {
    let priors = try results(
      "log_priors", UnsafeMutablePointer(mutating: logPriors), layout.vocabulary)
    try write(call, output) { (values, gradient, output) throws(InputError) in
      try call.ctc.priorCorrectedLossesAndGradient(
        buffer.span, layout: layout, labels: call.labels, logPriors: Array(priors),
        scale: scale,
        into: &values, gradient: &gradient, output: output)
    }
  }

  fileprivate func focal(
    _ call: CTCCall, _ focus: Double, _ output: GradientArguments
  ) throws(InputError) {
    try write(call, output) { (values, gradient, output) throws(InputError) in
      try call.ctc.focalLossesAndGradient(
        buffer.span, layout: layout, labels: call.labels, focus: focus,
        into: &values, gradient: &gradient, output: output)
    }
  }

  fileprivate func smoothed(
    _ call: CTCCall, _ smoothing: Double, _ output: GradientArguments
  ) throws(InputError) {
    try write(call, output) { (values, gradient, output) throws(InputError) in
      try call.ctc.smoothedLossesAndGradient(
        buffer.span, layout: layout, labels: call.labels, smoothing: smoothing,
        into: &values, gradient: &gradient, output: output)
    }
  }
}
