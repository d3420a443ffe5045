import LossKernelInterface

/// The moves of a loss: arcs of the grid, the columns of their probabilities, and groups of arcs with their weights in
/// the loss.
///
/// With ω (``TransducerLoss/standardShare``) there are two groups over the same rows: the topology's arcs, and the
/// standard topology's.
struct TransducerMoves {
  /// Some of the arcs, and the weight of their paths' loss.
  struct Group {
    let arcs: Range<Int>
    let weight: Double
  }

  let arcs: [GridSample.Arc]
  /// The column of each token of the arcs; -1 stands for the next label. The blank is first.
  let columns: [Int]
  let groups: [Group]
  let durationCount: Int
  /// Whether the weights of all paths may add up to more than 1: a loss below 0 is then correct.
  let canExceedOne: Bool

  init(_ loss: TransducerLoss) {
    var columns = [loss.blank]
    func place(_ token: TransducerTopology.Token) -> Int {
      let column =
        switch token {
        case .blank: loss.blank
        case .label: -1
        case .other(let token): token
        }
      if let place = columns.firstIndex(of: column) { return place }
      columns.append(column)
      return columns.count - 1
    }
    func arc(_ move: TransducerTopology.Move) -> GridSample.Arc {
      GridSample.Arc(
        frames: move.frames, labels: move.token == .label ? 1 : 0, token: place(move.token),
        duration: move.duration ?? -1, mayEnd: move.mayEnd)
    }
    let factor = ExtendedRange(exponentialOf: -loss.underNormalization)
    let moves = loss.topology.moves
    var arcs = moves.map { move in
      var arc = arc(move)
      if loss.underNormalization != 0 {
        (arc.factorMantissa, arc.factorExponent) = (factor.mantissa, factor.exponent)
        arc.hasFactor = true
      }
      return arc
    }
    var groups: [Group] = []
    if loss.standardShare < 1 {
      groups.append(Group(arcs: arcs.indices, weight: 1 - loss.standardShare))
    } else {
      arcs = []
    }
    if loss.standardShare > 0 {
      let first = arcs.count
      arcs += TransducerTopology.standard.moves.map { arc($0) }
      groups.append(Group(arcs: first..<arcs.count, weight: loss.standardShare))
    }
    self.arcs = arcs
    self.columns = columns
    self.groups = groups
    durationCount = loss.topology.durations.count
    // The moves from a node add up to at most 1 if no two of them have the same probability.
    canExceedOne =
      loss.normalization == .none || loss.wildcard != nil
      || Set(moves.map(\.columns)).count < moves.count
  }
}
