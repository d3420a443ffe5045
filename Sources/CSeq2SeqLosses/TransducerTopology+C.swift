import CSeq2SeqLossesHeader
import Seq2SeqLosses

extension TransducerTopology {
  /// C's topology: the frames of each duration, or of each big blank.
  init(
    _ topology: seq2seq_transducer_topology, _ steps: UnsafePointer<Int64>?,
    _ bigBlanks: UnsafePointer<Int64>?, _ count: Int64
  ) throws(InputError) {
    switch topology {
    case SEQ2SEQ_TRANSDUCER_STANDARD: self = .standard
    case SEQ2SEQ_TRANSDUCER_MONOTONIC: self = .monotonic
    case SEQ2SEQ_TRANSDUCER_MULTI_BLANK:
      let tokens = try array("big_blanks", bigBlanks, count)
      let frames = try array("steps", steps, count)
      var table: [Int: Int] = [:]
      for (position, token) in tokens.enumerated() {
        guard table.updateValue(frames[position], forKey: token) == nil else {
          throw InputError("big_blanks", position: position, "\(token) is there twice")
        }
      }
      self = .multiBlank(table)
    case SEQ2SEQ_TRANSDUCER_TOKEN_AND_DURATION:
      self = .tokenAndDuration(try array("durations", steps, count))
    default: throw InputError("topology", "\(topology.rawValue) is no topology")
    }
  }
}
