extension TransducerWorkspace {
  /// Calls `write` with the Hessian-vector product, one row at a time; `direction` reads a row of
  /// the direction.
  ///
  /// The derivative of an arc's posterior along the direction is the posterior times (mean
  /// derivative of the paths through the arc - mean derivative of all paths). O(frames · positions
  /// · (vocabulary + arcs)).
  func hessianVectorProduct(
    _ sample: TransducerSample,
    direction: (_ frame: Int, _ position: Int, _ row: inout [Double]) -> Void,
    write: (_ frame: Int, _ position: Int, _ row: [Double]) -> Void
  ) {
    let arcs = sample.moves.arcs
    var vector = [Double](repeating: 0, count: sample.columnCount)
    var tangents = [Double](repeating: 0, count: sample.frames * sample.rowLength * arcs.count)
    prepare(sample) { node, frame, position, heads in
      direction(frame, position, &vector)
      heads.derive(along: vector)
      for (index, arc) in arcs.enumerated() where sample.allows(arc, frame, position) {
        var tangent = heads.rate(ofToken: sample.column(arc, position), along: vector)
        if arc.duration >= 0 { tangent += heads.rates[sample.vocabulary + arc.duration] }
        tangents[node * arcs.count + index] = tangent
      }
    }
    let (loss, shares, derivatives) = shareDerivatives(sample, tangents)
    var row = [Double](
      repeating: shares == nil && !(loss == .infinity) ? .nan : 0, count: sample.columnCount)
    var heads = JoinerHeads(sample)
    for frame in 0..<sample.frames {
      for position in sample.positions(frame) {
        if let shares {
          _ = heads.read(frame, position)
          direction(frame, position, &vector)
          heads.derive(along: vector)
          NodeShares(sample, shares, frame, position).derivative(
            heads, NodeShares(sample, derivatives, frame, position), into: &row)
        }
        write(frame, position, row)
      }
    }
  }

  /// The loss, the posterior of every arc and its derivative, from the derivatives of the arcs.
  private func shareDerivatives(
    _ sample: TransducerSample, _ tangents: [Double]
  ) -> (loss: Double, shares: [Double]?, derivatives: [Double]) {
    if isInvalid { return (.nan, nil, []) }
    var (loss, hasPosterior) = (0.0, true)
    var shares = [Double](repeating: 0, count: tangents.count)
    var derivatives = shares
    let arcCount = sample.moves.arcs.count
    for group in sample.moves.groups {
      let lattice = sample.lattice(group)
      let first = group.arcs.lowerBound
      withEmissions(lattice, group) { weight in
        let emission = { (frame: Int, label: Int, arc: Int) in
          Expectation(
            weight: weight(frame, label, arc),
            mean: tangents[(frame * lattice.rowLength + label) * arcCount + first + arc])
        }
        let jump = { Expectation(weight: $0, mean: 0) }
        let prefixes = prefixMemory.reserve(Expectation.self, count: lattice.nodeCount)
        lattice.sweep(into: prefixes, jump: jump, emission: emission)
        let total = lattice.total(prefixes)
        let groupLoss = self.loss(ofTotal: total.weight)
        loss += groupLoss
        guard groupLoss < .infinity, total.weight.exponent.magnitude < 0x1p52, !total.mean.isNaN
        else {
          hasPosterior = false
          return
        }
        let suffixes = suffixMemory.reserve(Expectation.self, count: lattice.nodeCount)
        lattice.sweep(into: suffixes, isReversed: true, jump: jump, emission: emission)
        lattice.forEachArc(prefixes: prefixes, suffixes: suffixes, emission: emission) {
          frame, label, arc, paths in
          let posterior = group.weight * paths.weight.fraction(of: total.weight)
          guard posterior != 0 else { return }
          let index = (frame * lattice.rowLength + label) * arcCount + first + arc
          shares[index] = posterior
          derivatives[index] = posterior * (paths.mean - total.mean)
        }
      }
    }
    return (loss, hasPosterior ? shares : nil, derivatives)
  }
}
