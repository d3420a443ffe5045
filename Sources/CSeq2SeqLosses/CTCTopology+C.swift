import CSeq2SeqLossesHeader
import Seq2SeqLosses

extension CTCTopology {
  /// C's topology.
  init(_ topology: seq2seq_topology) throws(InputError) {
    // Numbered in the order of the cases.
    guard topology.rawValue < Self.allCases.count else {
      throw InputError("topology", "\(topology.rawValue) is no topology")
    }
    self = Self.allCases[Int(topology.rawValue)]
  }
}

/// The name of a topology; see the header.
@c @implementation
public func seq2seq_topology_name(_ topology: seq2seq_topology) -> UnsafePointer<CChar>! {
  topologyNames[topology.rawValue]
}

private let topologyNames = TopologyNames(CTCTopology.allCases.map(\.rawValue))

/// The number of states in a lattice; see the header.
@c @implementation
public func seq2seq_topology_states(_ topology: seq2seq_topology, _ labels: Int64) -> Int64 {
  let topologies = CTCTopology.allCases
  guard topologies.indices.contains(Int(topology.rawValue)), (0..<1 << 31).contains(labels) else {
    return -1
  }
  return Int64(topologies[Int(topology.rawValue)].stateCount(labels: Int(labels)))
}
