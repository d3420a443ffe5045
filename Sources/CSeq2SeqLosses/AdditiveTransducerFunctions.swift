import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Losses, gradients and occupancies of a transducer whose joiner adds; see the header.
@c @implementation
public func seq2seq_additive_transducer_losses_and_gradients(
  _ options: UnsafePointer<seq2seq_additive_transducer_options>!,
  _ encoder: UnsafePointer<seq2seq_tensor>!, _ predictor: UnsafePointer<seq2seq_tensor>!,
  _ encoder_lengths: UnsafePointer<Int64>!, _ labels: UnsafePointer<seq2seq_labels>!,
  _ losses: UnsafeMutablePointer<Double>!, _ encoder_gradient: UnsafePointer<seq2seq_tensor>!,
  _ predictor_gradient: UnsafePointer<seq2seq_tensor>!,
  _ blank_occupancies: UnsafeMutablePointer<Double>!,
  _ label_occupancies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status { () throws(InputError) in
    guard let options = options?.pointee else { throw InputError("options", "NULL") }
    let loss = AdditiveTransducerLoss(
      blank: Int(options.blank), topology: try TransducerTopology(options.topology, nil, nil, 0),
      predictorShare: options.predictor_share, encoderShare: options.encoder_share,
      fastEmit: options.fast_emit, threads: try threadCount(options.threads))
    let encoder = try CheckedTensor("encoder", encoder, lengths: encoder_lengths)
    let predictor = try CheckedTensor("predictor", predictor)
    guard encoder.element == predictor.element else {
      throw InputError("predictor", "not of the encoder's type")
    }
    let layout = try AdditiveLayout(encoder: encoder.layout, predictor: predictor.layout)
    let labels = try LabelBatch(labels)
    let losses = try results("losses", losses, layout.batch)
    guard (encoder_gradient == nil) == (predictor_gradient == nil) else {
      throw InputError("predictor_gradient", "NULL where encoder_gradient is not, or the reverse")
    }
    guard (blank_occupancies == nil) == (label_occupancies == nil) else {
      throw InputError("label_occupancies", "NULL where blank_occupancies is not, or the reverse")
    }
    let gradients = try encoder_gradient.map { (gradient) throws(InputError) in
      (
        try like(encoder, "encoder_gradient", gradient),
        try like(predictor, "predictor_gradient", predictor_gradient)
      )
    }
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let (rows, others) = (encoder.buffer(of: type).span, predictor.buffer(of: type).span)
      let found: (losses: [Double], occupancies: TransducerOccupancies)
      if let gradients {
        var ofEncoder = gradients.0.buffer(of: type).mutableSpan
        var ofPredictor = gradients.1.buffer(of: type).mutableSpan
        found = try loss.lossesGradientsAndOccupancies(
          rows, others, layout: layout, labels: labels, encoderGradient: &ofEncoder,
          predictorGradient: &ofPredictor)
      } else if blank_occupancies != nil {
        found = try loss.lossesAndOccupancies(rows, others, layout: layout, labels: labels)
      } else {
        let losses = try loss.losses(rows, others, layout: layout, labels: labels)
        found = (losses, TransducerOccupancies([]))
      }
      for (sample, value) in found.losses.enumerated() { losses[sample] = value }
      if let blanks = blank_occupancies, let ofLabels = label_occupancies {
        spread(found.occupancies, layout, blanks, ofLabels)
      }
    }
    try run(encoder.element)
  }
}

/// Bounds of a pruned transducer; see the header.
@c @implementation
public func seq2seq_transducer_pruning_bounds(
  _ batch: Int64, _ time: Int64, _ positions: Int64,
  _ blank_occupancies: UnsafePointer<Double>!, _ label_occupancies: UnsafePointer<Double>!,
  _ lengths: UnsafePointer<Int64>!, _ label_lengths: UnsafePointer<Int64>!, _ range: Int64,
  _ topology: seq2seq_transducer_topology, _ first_positions: UnsafeMutablePointer<Int64>!,
  _ kept: UnsafeMutablePointer<Int64>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let (batch, time, positions) = (Int(batch), Int(time), Int(positions))
    // As an array of so many values, so that no index overflows.
    let layout = try LogitsLayout(batch: batch, time: time, vocabulary: positions)
    guard batch * time * positions == 0 || (blank_occupancies != nil && label_occupancies != nil)
    else { throw InputError("occupancies", "NULL") }
    guard batch == 0 || (lengths != nil && label_lengths != nil) else {
      throw InputError("lengths", "NULL")
    }
    guard let kept else { throw InputError("kept", "NULL") }
    let first = try results("first_positions", first_positions, batch * time)
    var samples: [TransducerOccupancies.Sample] = []
    for sample in 0..<layout.batch {
      let (frames, labels) = (Int(lengths[sample]), Int(label_lengths[sample]))
      guard (0...time).contains(frames) else {
        throw InputError("lengths", sample: sample, "\(frames) is outside 0...\(time)")
      }
      guard 0 <= labels, labels < positions else {
        throw InputError(
          "label_lengths", sample: sample, "\(labels) labels for \(positions) positions")
      }
      func rows(_ values: UnsafePointer<Double>) -> [Double] {
        (0..<frames).flatMap { frame in
          let row = values + (sample * time + frame) * positions
          return Array(UnsafeBufferPointer(start: row, count: labels + 1))
        }
      }
      samples.append(
        try TransducerOccupancies.Sample(
          frames: frames, positions: labels + 1,
          blanks: frames == 0 ? [] : rows(blank_occupancies),
          labels: frames == 0 ? [] : rows(label_occupancies)))
    }
    let bounds = try PruningBounds(
      TransducerOccupancies(samples), time: time, range: Int(range),
      topology: try TransducerTopology(topology, nil, nil, 0))
    for (index, position) in bounds.firstPositions.joined().enumerated() {
      first[index] = Int64(position)
    }
    kept.pointee = Int64(bounds.range)
  }
}

/// A tensor that must be where another one's values could be.
private func like(
  _ other: CheckedTensor, _ argument: String, _ tensor: UnsafePointer<seq2seq_tensor>?
) throws(InputError) -> CheckedTensor {
  let tensor = try CheckedTensor(argument, tensor)
  let (found, expected) = (tensor.layout, other.layout)
  guard tensor.element == other.element,
    [found.batch, found.time, found.vocabulary]
      == [expected.batch, expected.time, expected.vocabulary],
    found.batch * found.time * found.vocabulary == 0
      || ([found.offset, found.batchStride, found.timeStride, found.vocabularyStride]
        == [
          expected.offset, expected.batchStride, expected.timeStride, expected.vocabularyStride,
        ])
  else { throw InputError(argument, "not of the shape, strides and type of its values") }
  return tensor
}

/// Writes occupancies to arrays `[batch, time, positions]`.
private func spread(
  _ occupancies: TransducerOccupancies, _ layout: AdditiveLayout,
  _ blanks: UnsafeMutablePointer<Double>, _ labels: UnsafeMutablePointer<Double>
) {
  let (time, positions) = (layout.encoder.time, layout.positions)
  for target in [blanks, labels] {
    target.update(repeating: 0, count: layout.batch * time * positions)
  }
  for (sample, shares) in occupancies.samples.enumerated() {
    for frame in 0..<shares.frames {
      let place = (sample * time + frame) * positions
      for position in 0..<shares.positions {
        blanks[place + position] = shares.blanks[frame * shares.positions + position]
        labels[place + position] = shares.labels[frame * shares.positions + position]
      }
    }
  }
}
