import CSeq2SeqLossesHeader
import Seq2SeqLosses

extension TransducerTopology {
  /// C's topology: the frames of each duration, or of each big blank.
  init(
    _ topology: seq2seq_transducer_topology, _ steps: UnsafePointer<Int64>?,
    _ bigBlanks: UnsafePointer<Int64>?, _ count: Int64
  ) throws(InputError) {
    let forms = TransducerTopology.forms
    guard forms.indices.contains(Int(topology.rawValue)) else {
      throw InputError("topology", "\(topology.rawValue) is no topology")
    }
    switch forms[Int(topology.rawValue)].form {
    case .plain(let topology): self = topology
    case .bigBlanks(let make):
      let tokens = try array("big_blanks", bigBlanks, count)
      let frames = try array("steps", steps, count)
      var table: [Int: Int] = [:]
      for (position, token) in tokens.enumerated() {
        guard table.updateValue(frames[position], forKey: token) == nil else {
          throw InputError("big_blanks", position: position, "\(token) is there twice")
        }
      }
      self = make(table)
    case .durations(let make): self = make(try array("durations", steps, count))
    }
  }
}

/// The name of a topology; see the header.
@c @implementation
public func seq2seq_transducer_topology_name(
  _ topology: seq2seq_transducer_topology
) -> UnsafePointer<CChar>! {
  topologyNames[topology.rawValue]
}

private let topologyNames = TopologyNames(TransducerTopology.forms.map(\.name))
