import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Occupancies; see the header.
@c @implementation
public func seq2seq_transducer_occupancies(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ occupancies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  transducerStatus(transducer, batch) { (call, logits) throws(InputError) in
    guard call.positions > 0 else { throw InputError("positions", "0: the rows are compact") }
    guard !call.isPruned else { throw InputError("first_positions", "the rows are pruned") }
    let output = try OccupancyOutput(
      occupancies, batch: call.layout.batch, time: call.time, positions: call.positions)
    output.write(try logits.occupancies(call))
  }
}

/// Entropies of the posteriors; see the header.
@c @implementation
public func seq2seq_transducer_entropies(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ entropies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  transducerStatus(transducer, batch) { (call, logits) throws(InputError) in
    let entropies = try results("entropies", entropies, call.layout.batch)
    for (sample, value) in try logits.entropies(call).enumerated() { entropies[sample] = value }
  }
}

/// The best alignments; see the header.
@c @implementation
public func seq2seq_transducer_best_alignments(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ alignments: UnsafePointer<seq2seq_transducer_alignments>!
) -> seq2seq_status {
  transducerStatus(transducer, batch) { (call, logits) throws(InputError) in
    let output = try AlignmentOutput(alignments, call, count: 1)
    output.write(try logits.bestAlignments(call).map { [$0] })
  }
}

/// Draws from the posteriors; see the header.
@c @implementation
public func seq2seq_transducer_sampled_alignments(
  _ transducer: OpaquePointer!, _ batch: UnsafePointer<seq2seq_transducer_batch>!,
  _ count: Int64, _ seed: UInt64, _ alignments: UnsafePointer<seq2seq_transducer_alignments>!
) -> seq2seq_status {
  transducerStatus(transducer, batch) { (call, logits) throws(InputError) in
    try checkCount("count", Int(count), in: 0...DrawLimit.count)
    let output = try AlignmentOutput(alignments, call, count: Int(count))
    output.write(try logits.sampledAlignments(call, Int(count), seed))
  }
}

extension TypedTensor {
  fileprivate func occupancies(
    _ call: TransducerCall
  ) throws(InputError) -> TransducerOccupancies {
    try call.loss.occupancies(buffer.span, layout: call.layout, labels: call.labels)
  }

  fileprivate func entropies(_ call: TransducerCall) throws(InputError) -> [Double] {
    try call.loss.entropies(buffer.span, layout: call.layout, labels: call.labels)
  }

  fileprivate func bestAlignments(
    _ call: TransducerCall
  ) throws(InputError) -> [TransducerAlignment] {
    try call.loss.bestAlignments(buffer.span, layout: call.layout, labels: call.labels)
  }

  fileprivate func sampledAlignments(
    _ call: TransducerCall, _ count: Int, _ seed: UInt64
  ) throws(InputError) -> [[TransducerAlignment]] {
    try call.loss.sampledAlignments(
      buffer.span, layout: call.layout, labels: call.labels, count: count, seed: seed)
  }
}

/// C arrays for alignments: `[batch, count]`, and three of an entry for each label of each alignment.
private struct AlignmentOutput {
  let logProbabilities, labelLogProbabilities: UnsafeMutableBufferPointer<Double>
  let firstFrames, frames: UnsafeMutableBufferPointer<Int64>
  let labels: LabelBatch
  let count: Int

  init(
    _ alignments: UnsafePointer<seq2seq_transducer_alignments>?, _ call: TransducerCall, count: Int
  ) throws(InputError) {
    guard let alignments = alignments?.pointee else { throw InputError("alignments", "NULL") }
    let total = try checkedProduct("count", call.labels.concatenated.count, count)
    logProbabilities = try results(
      "log_probabilities", alignments.log_probabilities,
      try checkedProduct("count", call.layout.batch, count))
    firstFrames = try results("first_frames", alignments.first_frames, total)
    frames = try results("frames", alignments.frames, total)
    labelLogProbabilities = try results(
      "label_log_probabilities", alignments.label_log_probabilities, total)
    labels = call.labels
    self.count = count
  }

  func write(_ samples: [[TransducerAlignment]]) {
    var place = 0
    for (sample, alignments) in samples.enumerated() {
      for (draw, alignment) in alignments.enumerated() {
        logProbabilities[sample * count + draw] = alignment.logProbability
        let steps = alignment.steps.filter(\.isLabel)
        for label in 0..<labels[sample].count {
          let step = label < steps.count ? steps[label] : nil
          firstFrames[place] = step.map { Int64($0.frame) } ?? -1
          frames[place] = step.map { Int64($0.frames) } ?? 0
          labelLogProbabilities[place] = step?.logProbability ?? .nan
          place += 1
        }
      }
    }
  }
}

/// A C array `[batch, time, positions, 2]` for occupancies.
struct OccupancyOutput {
  private let values: UnsafeMutableBufferPointer<Double>
  private let time, positions: Int

  init(
    _ occupancies: UnsafeMutablePointer<Double>?, batch: Int, time: Int, positions: Int
  ) throws(InputError) {
    values = try results(
      "occupancies", occupancies, try checkedProduct("occupancies", batch, time, positions, 2))
    self.time = time
    self.positions = positions
  }

  func write(_ occupancies: TransducerOccupancies) {
    values.update(repeating: 0)
    for (sample, found) in occupancies.samples.enumerated() {
      for frame in 0..<found.frames {
        let first = (sample * time + frame) * positions
        for position in 0..<found.positions {
          let node = frame * found.positions + position
          values[2 * (first + position)] = found.blanks[node]
          values[2 * (first + position) + 1] = found.labels[node]
        }
      }
    }
  }
}
