/// How the paths of a transducer move through frames and labels.
public enum TransducerTopology: String, Sendable, CaseIterable {
  /// A blank takes a frame, a label none: any number of labels a frame (Graves 2012, arXiv 1211.3711).
  case standard
  /// Each takes a frame: one symbol a frame (Tripathi et al. 2019, arXiv 1912.07744, "monotonic RNN-T").
  case monotonic

  /// The blank's arc, and the label's.
  var arcs: [GridLattice.Arc] {
    [.init(frames: 1, labels: 0), .init(frames: self == .standard ? 0 : 1, labels: 1)]
  }
}
