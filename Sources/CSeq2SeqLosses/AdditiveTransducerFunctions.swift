import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Makes a loss; see the header.
@c @implementation
public func seq2seq_additive_transducer_create(
  _ options: UnsafePointer<seq2seq_additive_transducer_options>!,
  _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  create(options, result, additiveNames) { (options) throws(InputError) in
    try KernelVariant.check()
    return AdditiveTransducerLoss(
      blank: Int(options.blank), topology: try TransducerTopology(options.topology, nil, nil, 0),
      predictorShare: options.predictor_share, encoderShare: options.encoder_share,
      fastEmit: options.fast_emit, threads: try threadCount(options.threads))
  }
}

/// Destroys a loss; see the header.
@c @implementation
public func seq2seq_additive_transducer_destroy(_ transducer: OpaquePointer!) {
  Handle<AdditiveTransducerLoss>.destroy(transducer)
}

/// Losses; see the header.
@c @implementation
public func seq2seq_additive_transducer_losses(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_additive_transducer_batch>!,
  _ losses: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  additiveStatus(transducer, batch) { (call, encoder) throws(InputError) in
    let losses = try results("losses", losses, call.batch)
    try encoder.losses(call, losses)
  }
}

/// Losses and gradients; see the header.
@c @implementation
public func seq2seq_additive_transducer_losses_and_gradients(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_additive_transducer_batch>!,
  _ losses: UnsafeMutablePointer<Double>!, _ encoder_gradient: UnsafePointer<seq2seq_tensor>!,
  _ predictor_gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  additiveStatus(transducer, batch) { (call, encoder) throws(InputError) in
    let losses = try results("losses", losses, call.batch)
    try encoder.lossesAndGradients(call, losses, encoder_gradient, predictor_gradient)
  }
}

/// Losses and occupancies; see the header.
@c @implementation
public func seq2seq_additive_transducer_losses_and_occupancies(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_additive_transducer_batch>!,
  _ losses: UnsafeMutablePointer<Double>!, _ occupancies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  additiveStatus(transducer, batch) { (call, encoder) throws(InputError) in
    let losses = try results("losses", losses, call.batch)
    let output = try OccupancyOutput(occupancies, call)
    let found = try encoder.lossesAndOccupancies(call)
    for (sample, value) in found.losses.enumerated() { losses[sample] = value }
    output.write(found.occupancies)
  }
}

/// Losses, gradients and occupancies; see the header.
@c @implementation
public func seq2seq_additive_transducer_losses_gradients_and_occupancies(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_additive_transducer_batch>!,
  _ losses: UnsafeMutablePointer<Double>!, _ encoder_gradient: UnsafePointer<seq2seq_tensor>!,
  _ predictor_gradient: UnsafePointer<seq2seq_tensor>!,
  _ occupancies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  additiveStatus(transducer, batch) { (call, encoder) throws(InputError) in
    let losses = try results("losses", losses, call.batch)
    let output = try OccupancyOutput(occupancies, call)
    output.write(
      try encoder.lossesGradientsAndOccupancies(
        call, losses, encoder_gradient, predictor_gradient))
  }
}

/// What every function of the loss is given besides the encoder's values, checked.
private struct AdditiveTransducerCall {
  let loss: AdditiveTransducerLoss
  let predictor: seq2seq_tensor
  let labels: LabelBatch
  let batch, time, positions: Int
}

extension OccupancyOutput {
  fileprivate init(
    _ occupancies: UnsafeMutablePointer<Double>?, _ call: AdditiveTransducerCall
  ) throws(InputError) {
    try self.init(
      occupancies, batch: call.batch, time: call.time, positions: call.positions)
  }
}

/// Runs a function of the loss on a batch.
private func additiveStatus(
  _ transducer: OpaquePointer?, _ batch: UnsafePointer<seq2seq_additive_transducer_batch>?,
  _ body: (AdditiveTransducerCall, any TypedTensor) throws(InputError) -> Void
) -> seq2seq_status {
  status(additiveNames) { () throws(InputError) in
    let loss = try Handle<AdditiveTransducerLoss>.get("transducer", transducer)
    guard let batch = batch?.pointee else { throw InputError("batch", "NULL") }
    let encoder = try tensor("encoder", batch.encoder, lengths: batch.encoder_lengths)
    let predictor = try tensor("predictor", batch.predictor)
    let layout = try AdditiveLayout(encoder: encoder.layout, predictor: predictor.layout)
    let call = AdditiveTransducerCall(
      loss: loss, predictor: batch.predictor, labels: try LabelBatch("labels", batch.labels),
      batch: layout.batch, time: layout.encoder.time, positions: layout.positions)
    try body(call, encoder)
  }
}

// The tensor is the encoder's.
extension TypedTensor {
  /// Hands `body` the predictor's values, and the layout of both.
  private func withPredictor<Result>(
    _ call: AdditiveTransducerCall,
    _ body: (Tensor<Element>, AdditiveLayout) throws(InputError) -> Result
  ) throws(InputError) -> Result {
    let predictor = try withUnsafePointer(to: call.predictor) { (predictor) throws(InputError) in
      try sameType("predictor", predictor)
    }
    return try body(
      predictor, try AdditiveLayout(encoder: layout, predictor: predictor.layout))
  }

  fileprivate func losses(
    _ call: AdditiveTransducerCall, _ losses: UnsafeMutableBufferPointer<Double>
  ) throws(InputError) {
    try withPredictor(call) { (predictor, layout) throws(InputError) in
      var losses = losses.mutableSpan
      try call.loss.losses(
        buffer.span, predictor.buffer.span, layout: layout, labels: call.labels, into: &losses)
    }
  }

  fileprivate func lossesAndOccupancies(
    _ call: AdditiveTransducerCall
  ) throws(InputError) -> (losses: [Double], occupancies: TransducerOccupancies) {
    try withPredictor(call) { (predictor, layout) throws(InputError) in
      try call.loss.lossesAndOccupancies(
        buffer.span, predictor.buffer.span, layout: layout, labels: call.labels)
    }
  }

  fileprivate func lossesAndGradients(
    _ call: AdditiveTransducerCall, _ losses: UnsafeMutableBufferPointer<Double>,
    _ encoderGradient: UnsafePointer<seq2seq_tensor>?,
    _ predictorGradient: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) {
    try withPredictor(call) { (predictor, layout) throws(InputError) in
      let ofEncoder = try samePlaces("encoder_gradient", encoderGradient)
      let ofPredictor = try predictor.samePlaces("predictor_gradient", predictorGradient)
      var first = ofEncoder.buffer.mutableSpan
      var second = ofPredictor.buffer.mutableSpan
      var losses = losses.mutableSpan
      try call.loss.lossesAndGradients(
        buffer.span, predictor.buffer.span, layout: layout, labels: call.labels, into: &losses,
        encoderGradient: &first, predictorGradient: &second)
    }
  }

  fileprivate func lossesGradientsAndOccupancies(
    _ call: AdditiveTransducerCall, _ losses: UnsafeMutableBufferPointer<Double>,
    _ encoderGradient: UnsafePointer<seq2seq_tensor>?,
    _ predictorGradient: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) -> TransducerOccupancies {
    try withPredictor(call) { (predictor, layout) throws(InputError) in
      let ofEncoder = try samePlaces("encoder_gradient", encoderGradient)
      let ofPredictor = try predictor.samePlaces("predictor_gradient", predictorGradient)
      var first = ofEncoder.buffer.mutableSpan
      var second = ofPredictor.buffer.mutableSpan
      var losses = losses.mutableSpan
      return try call.loss.lossesGradientsAndOccupancies(
        buffer.span, predictor.buffer.span, layout: layout, labels: call.labels, into: &losses,
        encoderGradient: &first, predictorGradient: &second)
    }
  }

  /// A tensor that must have this one's shape and strides.
  fileprivate func samePlaces(
    _ argument: String, _ tensor: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) -> Tensor<Element> {
    let tensor = try sameType(argument, tensor)
    let (found, expected) = (tensor.layout, layout)
    guard
      [found.batch, found.time, found.vocabulary]
        == [expected.batch, expected.time, expected.vocabulary],
      found.batch * found.time * found.vocabulary == 0
        || ([found.offset, found.batchStride, found.timeStride, found.vocabularyStride]
          == [
            expected.offset, expected.batchStride, expected.timeStride, expected.vocabularyStride,
          ])
    else { throw InputError(argument, "not of the shape and the strides of its values") }
    return tensor
  }
}
