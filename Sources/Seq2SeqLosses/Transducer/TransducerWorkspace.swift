/// One thread's memory for transducers, and the emissions of the sample that it works on.
final class TransducerWorkspace {
  private(set) var settings = TransducerLoss()
  private(set) var lattice = GridLattice(frames: 0, labels: 0, arcs: [])
  private(set) var labels: [Int] = []
  private(set) var vocabulary = 0
  /// Whether a row that the paths cross has no softmax.
  private(set) var isInvalid = false
  private(set) var read: (_ frame: Int, _ position: Int, UnsafeMutablePointer<Double>) -> Void = {
    _, _, _ in
  }

  private let rowMemory = ScratchMemory()
  private let emissionMemory = ScratchMemory()
  private let scaleMemory = ScratchMemory()
  let prefixMemory = ScratchMemory()
  let suffixMemory = ScratchMemory()
  let directionMemory = ScratchMemory()
  let tangentMemory = ScratchMemory()
  private(set) var row: UnsafeMutablePointer<Double>
  /// For each node the probabilities of the blank and of the next label.
  private(set) var emissions: UnsafeMutablePointer<(blank: ExtendedRange, label: ExtendedRange)>
  /// Each row's largest logit and sum of `exp(logit - largest)`.
  private(set) var scales: UnsafeMutablePointer<(largest: Double, sum: Double)>

  init() {
    row = rowMemory.reserve(Double.self, count: 0)
    emissions = emissionMemory.reserve(
      (blank: ExtendedRange, label: ExtendedRange).self, count: 0)
    scales = scaleMemory.reserve((largest: Double, sum: Double).self, count: 0)
  }

  /// Reads a sample. O(frames · positions · vocabulary).
  func prepare<Element: LogitElement>(
    _ loss: TransducerLoss, _ logits: UnsafeBufferPointer<Element>, _ layout: JoinerLayout,
    _ labels: LabelBatch, _ sample: Int
  ) {
    settings = loss
    self.labels = Array(labels[sample])
    vocabulary = layout.vocabulary
    lattice = GridLattice(
      frames: layout.lengths[sample], labels: self.labels.count, arcs: loss.topology.arcs)
    let buffer = StridedBuffer(logits, layout.samples[sample])
    read = { frame, position, row in buffer.read(frame, position, into: row) }
    row = rowMemory.reserve(Double.self, count: vocabulary)
    emissions = emissionMemory.reserve(
      (blank: ExtendedRange, label: ExtendedRange).self, count: lattice.nodeCount)
    scales = scaleMemory.reserve(
      (largest: Double, sum: Double).self, count: lattice.nodeCount)
    isInvalid = false
    for frame in 0..<lattice.frames {
      for position in 0...lattice.labels {
        let node = frame * lattice.rowLength + position
        read(frame, position, row)
        guard let largest = largestNumber(row, count: vocabulary), largest.isFinite else {
          isInvalid = true
          return
        }
        var sums = SIMD8<Double>.zero
        forEachExponential(row, count: vocabulary, minus: largest) { _, _, values in
          sums += values
        }
        let sum = sums.sum()
        scales[node] = (largest, sum)
        func probability(_ token: Int) -> ExtendedRange {
          ExtendedRange(exponentialOf: row[token] - largest) / ExtendedRange(sum)
        }
        emissions[node] = (
          probability(loss.blank),
          position < lattice.labels ? probability(self.labels[position]) : .zero
        )
      }
    }
  }

  /// The sample's loss. O(frames · positions).
  func loss() -> Double {
    if isInvalid { return .nan }
    return loss(ofTotal: lattice.total(sums(prefixMemory, isReversed: false)))
  }

  private func sums(
    _ memory: ScratchMemory, isReversed: Bool
  ) -> UnsafePointer<ExtendedRange> {
    let sums = memory.reserve(ExtendedRange.self, count: lattice.nodeCount)
    let (emissions, rowLength) = (emissions, lattice.rowLength)
    lattice.sweep(into: sums, isReversed: isReversed) { frame, label, arc in
      let emission = emissions[frame * rowLength + label]
      return arc == 0 ? emission.blank : emission.label
    }
    return UnsafePointer(sums)
  }

  func loss(ofTotal total: ExtendedRange) -> Double {
    if total.isZero { return .infinity }
    let loss = -total.logarithm
    // A probability of one minus rounding.
    return loss <= 0 ? 0 : loss
  }

  /// The sample's loss; writes all of its gradient.
  func lossAndGradient<Element: LogitElement>(into gradient: StridedBuffer<Element>) -> Double {
    clearBeyond(gradient)
    if isInvalid {
      fill(gradient, with: .nan)
      return .nan
    }
    let prefixes = sums(prefixMemory, isReversed: false)
    let total = lattice.total(prefixes)
    let loss = loss(ofTotal: total)
    // Beyond that exponents are rounded: right for the loss, but shares of it could be any number.
    guard loss < .infinity, total.exponent.magnitude < 0x1p52 else {
      fill(gradient, with: loss < .infinity ? .nan : 0)
      return loss
    }
    let suffixes = sums(suffixMemory, isReversed: true)
    let (emissions, rowLength) = (emissions, lattice.rowLength)
    // The arcs of a node come one after the other, the blank's first where both are in the grid.
    var shares = (blank: 0.0, label: 0.0)
    var node = 0
    lattice.forEachArc(
      prefixes: prefixes, suffixes: suffixes,
      emission: { frame, label, arc in
        let emission = emissions[frame * rowLength + label]
        return arc == 0 ? emission.blank : emission.label
      },
      body: { frame, label, arc, paths in
        let next = frame * rowLength + label
        while node < next {
          write(node, shares, to: gradient)
          shares = (0, 0)
          node += 1
        }
        let share = paths.fraction(of: total)
        if arc == 0 { shares.blank = share } else { shares.label = share }
      })
    while node < lattice.frames * rowLength {
      write(node, shares, to: gradient)
      shares = (0, 0)
      node += 1
    }
    return loss
  }

  /// Sets the rows that the paths cross to one value.
  func fill<Element: LogitElement>(_ output: StridedBuffer<Element>, with value: Double) {
    for frame in 0..<lattice.frames {
      for position in 0..<lattice.rowLength { output.fill(frame, position, with: value) }
    }
  }

  /// Sets the rows that the paths do not cross to zero.
  func clearBeyond<Element: LogitElement>(_ output: StridedBuffer<Element>) {
    let layout = output.layout
    for frame in 0..<layout.batch {
      let first = frame < lattice.frames ? lattice.rowLength : 0
      output.clear(frame, first..<layout.time)
    }
  }

  /// Writes a row of the gradient: the softmax times the posterior of leaving the node, less that of each
  /// arc at its token.
  private func write<Element: LogitElement>(
    _ node: Int, _ shares: (blank: Double, label: Double), to gradient: StridedBuffer<Element>
  ) {
    let (frame, position) = (node / lattice.rowLength, node % lattice.rowLength)
    let label = shares.label * (1 + settings.fastEmit)
    let (largest, sum) = scales[node]
    let factor = (shares.blank + label) / sum
    guard factor != 0 else { return gradient.fill(frame, position, with: 0) }
    let row = row
    read(frame, position, row)
    forEachExponential(row, count: vocabulary, minus: largest) { token, count, values in
      for lane in 0..<count { row[token + lane] = values[lane] * factor }
    }
    row[settings.blank] -= shares.blank
    if position < lattice.labels { row[labels[position]] -= label }
    if let limit = settings.gradientLimit {
      for token in 0..<vocabulary { row[token] = min(limit, max(-limit, row[token])) }
    }
    gradient.write(frame, position, from: row)
  }
}
