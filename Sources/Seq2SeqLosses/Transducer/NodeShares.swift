/// The posterior probabilities that a path leaves one node by each of its arcs, in the sums that derivatives need.
struct NodeShares {
  private let sample: TransducerSample
  /// That it leaves at all; by a token other than the blank; by a duration.
  private let mass: Double
  private let otherMass: Double
  private let durationMass: Double
  /// Columns of the row, and the probability that a path uses each.
  private var columns: [(column: Int, share: Double)] = []

  /// The probabilities of a node's arcs from those of all arcs, `[frames, labels + 1, arcs]`. FastEmit's factor applies
  /// only to labels' tokens, as in NeMo.
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

  /// The probability that a path uses the head of a column.
  private func mass(_ column: Int) -> Double {
    if sample.loss.normalization == .none { return 0 }
    if column >= sample.vocabulary { return durationMass }
    return sample.loss.normalization == .factored && column != sample.loss.blank
      ? otherMass : mass
  }

  /// Each head's softmax times the probability that a path uses the head, minus each arc's probability at its column.
  func gradient(_ heads: JoinerHeads, into row: inout [Double]) {
    for column in row.indices {
      let mass = mass(column)
      // Log-probabilities that no path uses may be any numbers.
      row[column] = mass == 0 ? 0 : mass * heads.probabilities[column]
    }
    for (column, share) in columns { row[column] -= share }
  }

  /// The derivative of this along a direction, from the rates of the heads and the derivatives of the arcs'
  /// probabilities.
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
