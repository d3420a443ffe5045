extension TransducerWorkspace {
  /// Writes the Hessian of the sample's loss times a direction.
  ///
  /// The derivative of an arc's posterior along the direction is the posterior times what the mean of the paths'
  /// tangents through the arc has above that of all paths. O(frames · positions · vocabulary).
  func hessianVectorProduct<Element: LogitElement>(
    direction: StridedBuffer<Element>, into product: StridedBuffer<Element>
  ) {
    clearBeyond(product)
    if isInvalid { return fill(product, with: .nan) }
    let (lattice, emissions, rowLength) = (lattice, emissions, lattice.rowLength)
    // For each node the tangents of its arcs' log-probabilities, and the mean of its row's direction.
    let tangents = tangentMemory.reserve(
      (blank: Double, label: Double, mean: Double).self, count: lattice.nodeCount)
    let vector = directionMemory.reserve(Double.self, count: vocabulary)
    for frame in 0..<lattice.frames {
      for position in 0..<rowLength {
        let node = frame * rowLength + position
        direction.read(frame, position, into: vector)
        readSoftmax(node)
        var mean = 0.0
        for token in 0..<vocabulary where row[token] != 0 { mean += row[token] * vector[token] }
        tangents[node] = (
          vector[settings.blank] - mean,
          position < lattice.labels ? vector[labels[position]] - mean : 0, mean
        )
      }
    }
    let emission = { (frame: Int, label: Int, arc: Int) in
      let node = frame * rowLength + label
      return arc == 0
        ? Expectation(weight: emissions[node].blank, mean: tangents[node].blank)
        : Expectation(weight: emissions[node].label, mean: tangents[node].label)
    }
    let prefixes = prefixMemory.reserve(Expectation.self, count: lattice.nodeCount)
    lattice.sweep(into: prefixes, emission: emission)
    let total = lattice.total(prefixes)
    let loss = loss(ofTotal: total.weight)
    guard loss < .infinity, total.weight.exponent.magnitude < 0x1p52, !total.mean.isNaN else {
      return fill(product, with: loss < .infinity || loss.isNaN ? .nan : 0)
    }
    let suffixes = suffixMemory.reserve(Expectation.self, count: lattice.nodeCount)
    lattice.sweep(into: suffixes, isReversed: true, emission: emission)
    var shares = [ArcShare](repeating: ArcShare(), count: 2 * lattice.frames * rowLength)
    lattice.forEachArc(prefixes: prefixes, suffixes: suffixes, emission: emission) {
      frame, label, arc, paths in
      let posterior = paths.weight.fraction(of: total.weight)
      guard posterior != 0 else { return }
      shares[2 * (frame * rowLength + label) + arc] = ArcShare(
        posterior: posterior, tangent: posterior * (paths.mean - total.mean))
    }
    for node in 0..<lattice.frames * rowLength {
      let (frame, position) = (node / rowLength, node % rowLength)
      let (blank, label) = (shares[2 * node], shares[2 * node + 1])
      direction.read(frame, position, into: vector)
      readSoftmax(node)
      for token in 0..<vocabulary where row[token] != 0 {
        row[token] *=
          blank.tangent + label.tangent
          + (blank.posterior + label.posterior) * (vector[token] - tangents[node].mean)
      }
      row[settings.blank] -= blank.tangent
      if position < lattice.labels { row[labels[position]] -= label.tangent }
      product.write(frame, position, from: row)
    }
  }

  private struct ArcShare {
    var posterior = 0.0
    var tangent = 0.0
  }

  /// Replaces ``row`` by the softmax of a node.
  private func readSoftmax(_ node: Int) {
    let (largest, sum) = scales[node]
    let row = row
    read(node / lattice.rowLength, node % lattice.rowLength, row)
    forEachExponential(row, count: vocabulary, minus: largest) { token, count, values in
      for lane in 0..<count { row[token + lane] = values[lane] / sum }
    }
  }
}
