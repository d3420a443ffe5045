import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// What every function of a transducer loss is given besides the logits, checked.
struct TransducerCall {
  let loss: TransducerLoss
  let layout: JoinerLayout
  let labels: LabelBatch
  /// The frames and positions that rows are padded to.
  let time: Int
  let positions: Int
  let isPruned: Bool

  init(
    _ loss: TransducerLoss, _ batch: seq2seq_transducer_batch, _ rows: LogitsLayout,
    labels: LabelBatch
  ) throws(InputError) {
    guard rows.vocabulary > 0 else { throw InputError("logits", "the vocabulary is empty") }
    guard
      rows.batch * rows.time * rows.vocabulary == 0
        || ((rows.vocabularyStride == 1 || rows.vocabulary == 1)
          && (rows.timeStride == rows.vocabulary || rows.time == 1)
          && (rows.batchStride == rows.time * rows.vocabulary || rows.batch == 1))
    else { throw InputError("logits", "not dense") }
    self.loss = loss
    self.labels = labels
    positions = Int(batch.positions)
    isPruned = batch.first_positions != nil
    var layout: JoinerLayout
    if positions == 0 {
      time = 0
      layout = try Self.compact(batch.logit_lengths, rows, labels)
    } else {
      guard positions >= 1, rows.time % positions == 0 else {
        throw InputError("positions", "\(positions) in \(rows.time) rows a sample")
      }
      time = rows.time / positions
      layout = try Self.padded(batch, rows, time: time, positions: positions)
    }
    if let windows = batch.windows {
      layout = try layout.restricted(to: try Self.windows(windows, labels))
    }
    self.layout = layout
  }

  private static func compact(
    _ lengths: UnsafePointer<Int64>?, _ rows: LogitsLayout, _ labels: LabelBatch
  ) throws(InputError) -> JoinerLayout {
    guard let lengths else { throw InputError("logit_lengths", "NULL for rows without padding") }
    let frames = UnsafeBufferPointer(start: lengths, count: labels.count).map { Int($0) }
    guard rows.batch == 1 else { throw InputError("logits", "a batch of \(rows.batch)") }
    let layout = try JoinerLayout(
      compact: frames, labelCounts: labels.lengths, vocabulary: rows.vocabulary)
    // The layout has said that these do not overflow.
    let expected = zip(frames, labels.lengths).reduce(0) { $0 + $1.0 * ($1.1 + 1) }
    guard rows.time == expected else {
      throw InputError("logits", "\(rows.time) rows where the lengths make \(expected)")
    }
    return layout
  }

  private static func padded(
    _ batch: seq2seq_transducer_batch, _ rows: LogitsLayout, time: Int, positions: Int
  ) throws(InputError) -> JoinerLayout {
    let frames = batch.logit_lengths.map {
      UnsafeBufferPointer(start: $0, count: rows.batch).map { Int($0) }
    }
    guard let first = batch.first_positions else {
      return try JoinerLayout(
        batch: rows.batch, time: time, positions: positions, vocabulary: rows.vocabulary,
        lengths: frames)
    }
    return try JoinerLayout(
      batch: rows.batch, time: time, range: positions, vocabulary: rows.vocabulary,
      firstPositions: (0..<rows.batch).map { sample in
        (0..<time).map { Int(first[sample * time + $0]) }
      }, lengths: frames)
  }

  private static func windows(
    _ bounds: UnsafePointer<Int64>, _ labels: LabelBatch
  ) throws(InputError) -> [[Range<Int>]] {
    var windows: [[Range<Int>]] = []
    for sample in 0..<labels.count {
      var ranges: [Range<Int>] = []
      for label in labels.offsets[sample]..<labels.offsets[sample + 1] {
        let (first, end) = (bounds[2 * label], bounds[2 * label + 1])
        guard first <= end else {
          throw InputError("windows", sample: sample, "from frame \(first) to \(end)")
        }
        ranges.append(Int(first)..<Int(end))
      }
      windows.append(ranges)
    }
    return windows
  }
}

extension TypedTensor {
  /// A tensor that must be like the logits.
  func sameShape(
    _ argument: String, _ tensor: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) -> Tensor<Element> {
    let tensor = try sameType(argument, tensor)
    guard tensor.layout == layout else {
      throw InputError(argument, "not of the shape and the strides of the logits")
    }
    return tensor
  }
}

/// Runs a function of a transducer loss on a batch.
func transducerStatus(
  _ transducer: OpaquePointer?, _ batch: UnsafePointer<seq2seq_transducer_batch>?,
  readsValues: Bool = true, _ body: (TransducerCall, any TypedTensor) throws(InputError) -> Void
) -> seq2seq_status {
  status(lossNames) { () throws(InputError) in
    let loss = try Handle<TransducerLoss>.get("transducer", transducer)
    guard let batch = batch?.pointee else { throw InputError("batch", "NULL") }
    let logits = try tensor("logits", batch.logits, readsValues: readsValues)
    let labels = try LabelBatch("labels", batch.labels)
    try body(try TransducerCall(loss, batch, logits.layout, labels: labels), logits)
  }
}

/// Runs a function of a transducer loss on a batch whose samples are hypotheses.
func transducerStatus(
  _ transducer: OpaquePointer?, _ batch: UnsafePointer<seq2seq_transducer_batch>?,
  _ risk: UnsafePointer<seq2seq_expected_risk>?,
  _ body: (TransducerCall, any TypedTensor, RiskArguments) throws(InputError) -> Void
) -> seq2seq_status {
  status(riskNames) { () throws(InputError) in
    let loss = try Handle<TransducerLoss>.get("transducer", transducer)
    guard let batch = batch?.pointee else { throw InputError("batch", "NULL") }
    let risk = try RiskArguments(risk)
    let logits = try tensor("logits", batch.logits)
    try body(
      try TransducerCall(loss, batch, logits.layout, labels: risk.sequences), logits, risk)
  }
}
