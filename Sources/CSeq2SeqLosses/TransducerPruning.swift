import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Bounds of a pruned transducer; see the header.
@c @implementation
public func seq2seq_transducer_pruning_bounds(
  _ batch: Int64, _ time: Int64, _ positions: Int64, _ occupancies: UnsafePointer<Double>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ label_lengths: UnsafePointer<Int64>!, _ range: Int64,
  _ topology: seq2seq_transducer_topology, _ first_positions: UnsafeMutablePointer<Int64>!,
  _ kept: UnsafeMutablePointer<Int64>!
) -> seq2seq_status {
  status(pruningNames) { () throws(InputError) in
    let (batch, time, positions) = (Int(batch), Int(time), Int(positions))
    // As an array of so many values, so that no index overflows.
    let layout = try LogitsLayout(batch: batch, time: time, vocabulary: positions)
    let occupancies = try results(
      "occupancies", UnsafeMutablePointer(mutating: occupancies),
      try checkedProduct("occupancies", batch, time, positions, 2))
    guard batch == 0 || logit_lengths != nil else { throw InputError("logit_lengths", "NULL") }
    guard batch == 0 || label_lengths != nil else { throw InputError("label_lengths", "NULL") }
    guard let kept else { throw InputError("kept", "NULL") }
    let first = try results("first_positions", first_positions, batch * time)
    var samples: [TransducerOccupancies.Sample] = []
    for sample in 0..<layout.batch {
      let (frames, labels) = (Int(logit_lengths[sample]), Int(label_lengths[sample]))
      guard (0...time).contains(frames) else {
        throw InputError("logit_lengths", sample: sample, "\(frames) is outside 0...\(time)")
      }
      guard 0 <= labels, labels < positions else {
        throw InputError(
          "label_lengths", sample: sample, "\(labels) labels for \(positions) positions")
      }
      var (ofBlanks, ofLabels): ([Double], [Double]) = ([], [])
      for frame in 0..<frames {
        for position in 0...labels {
          let node = (sample * time + frame) * positions + position
          ofBlanks.append(occupancies[2 * node])
          ofLabels.append(occupancies[2 * node + 1])
        }
      }
      samples.append(
        try TransducerOccupancies.Sample(
          frames: frames, positions: labels + 1, blanks: ofBlanks, labels: ofLabels))
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
