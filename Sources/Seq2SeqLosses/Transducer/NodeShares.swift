/// The shares of a sample's paths that leave one node, summed up as the derivatives need them.
struct NodeShares {
  private let sample: TransducerSample
  /// Of all paths; of those that leave by another token than the blank; of those by a duration.
  private let mass: Double
  private let otherMass: Double
  private let durationMass: Double
  /// Columns of the row, and the shares of the paths that use each.
  private var columns: [(column: Int, share: Double)] = []

  /// Shares of all arcs `[frames, labels + 1, arcs]` at a node. FastEmit's factor is on labels' tokens alone, as NeMo
  /// has it.
  init(
    _ sample: TransducerSample, _ shares: [Double], _ frame: Int, _ position: Int,
    labelFactor: Double = 1
  ) {
    self.sample = sample
    var (mass, otherMass, durationMass) = (0.0, 0.0, 0.0)
    let arcs = sample.moves.arcs
    let first = (frame * sample.rowLength + position) * arcs.count
    for (index, arc) in arcs.enumerated() where sample.allows(arc, frame, position) {
      let share = shares[first + index]
      let tokenShare = arc.labels == 1 ? share * labelFactor : share
      mass += tokenShare
      if sample.column(arc, position) != sample.loss.blank { otherMass += tokenShare }
      columns.append((sample.column(arc, position), tokenShare))
      if arc.duration >= 0 {
        durationMass += share
        columns.append((sample.vocabulary + arc.duration, share))
      }
    }
    (self.mass, self.otherMass, self.durationMass) = (mass, otherMass, durationMass)
  }

  /// The share of the paths that use the head of a column.
  private func mass(_ column: Int) -> Double {
    if sample.loss.normalization == .none { return 0 }
    if column >= sample.vocabulary { return durationMass }
    return sample.loss.normalization == .factored && column != sample.loss.blank
      ? otherMass : mass
  }

  /// Each head's softmax times the share of the paths that use it, less each arc's at its column.
  func gradient(_ heads: JoinerHeads, into row: inout [Double]) {
    for column in row.indices {
      let mass = mass(column)
      // What rows of log-probabilities hold that no path uses may be anything.
      row[column] = mass == 0 ? 0 : mass * heads.probabilities[column]
    }
    for (column, share) in columns { row[column] -= share }
  }

  /// The same along a direction: of the probabilities by their rates, of the shares by `derivatives`, theirs.
  func derivative(_ heads: JoinerHeads, _ derivatives: NodeShares, into row: inout [Double]) {
    for column in row.indices {
      let probability = heads.probabilities[column]
      row[column] =
        probability == 0 || sample.loss.normalization == .none
        ? 0 : probability * (derivatives.mass(column) + mass(column) * heads.rates[column])
    }
    for (column, share) in derivatives.columns { row[column] -= share }
  }
}
