import TestSupport
import Testing

@testable import Seq2SeqLosses

/// The grid's sums and arc posteriors against all paths one by one.
@Suite struct GridLatticeTests {
  private typealias Arc = GridLattice.Arc
  private static let topologies: [[Arc]] = [
    // RNN-T: the blank and a label; monotonic; with a blank of two frames; token and duration.
    [Arc(frames: 1, labels: 0), Arc(frames: 0, labels: 1)],
    [Arc(frames: 1, labels: 0), Arc(frames: 1, labels: 1)],
    [Arc(frames: 1, labels: 0), Arc(frames: 2, labels: 0), Arc(frames: 0, labels: 1)],
    [
      Arc(frames: 1, labels: 0), Arc(frames: 3, labels: 0), Arc(frames: 0, labels: 1),
      Arc(frames: 1, labels: 1), Arc(frames: 3, labels: 1),
    ],
  ]

  @Test(arguments: topologies.indices, 0..<12) func enumeration(_ topology: Int, _ seed: Int) {
    var generator = SeededGenerator(seed: 100 * topology + seed)
    let lattice = GridLattice(
      frames: Int.random(in: 0...5, using: &generator),
      labels: Int.random(in: 0...4, using: &generator), arcs: Self.topologies[topology])
    let arcCount = lattice.arcs.count
    let weights = (0..<lattice.nodeCount * arcCount).map { _ in
      Bool.random(using: &generator) || Bool.random(using: &generator)
        ? Double.random(in: 0...1, using: &generator) : 0
    }
    func place(_ frame: Int, _ label: Int, _ arc: Int) -> Int {
      (frame * lattice.rowLength + label) * arcCount + arc
    }
    var total = 0.0
    var through = [Double](repeating: 0, count: weights.count)
    func walk(_ frame: Int, _ label: Int, _ weight: Double, _ path: [Int]) {
      if frame == lattice.frames {
        guard label == lattice.labels else { return }
        total += weight
        for arc in path { through[arc] += weight }
        return
      }
      for (index, arc) in lattice.arcs.enumerated() {
        let (next, nextLabel) = (frame + arc.frames, label + arc.labels)
        guard next <= lattice.frames, nextLabel <= lattice.labels else { continue }
        let place = place(frame, label, index)
        walk(next, nextLabel, weight * weights[place], path + [place])
      }
    }
    walk(0, 0, 1, [])

    let emission = { (frame: Int, label: Int, arc: Int) in
      ExtendedRange(weights[place(frame, label, arc)])
    }
    let (prefixMemory, suffixMemory) = (ScratchMemory(), ScratchMemory())
    let prefixes = prefixMemory.reserve(ExtendedRange.self, count: lattice.nodeCount)
    let suffixes = suffixMemory.reserve(ExtendedRange.self, count: lattice.nodeCount)
    lattice.sweep(into: prefixes, jump: { $0 }, emission: emission)
    lattice.sweep(into: suffixes, isReversed: true, jump: { $0 }, emission: emission)
    // Sums of at most thousands of products of at most nine factors each.
    let tolerance = 1e-13
    #expect(abs(lattice.total(prefixes).value - total) <= tolerance * total)
    #expect(abs(lattice.total(suffixes).value - total) <= tolerance * total)
    var found = [Double](repeating: 0, count: weights.count)
    lattice.forEachArc(prefixes: prefixes, suffixes: suffixes, emission: emission) {
      found[place($0, $1, $2)] = $3.value as Double
    }
    for (index, truth) in through.enumerated() {
      #expect(abs(found[index] - truth) <= tolerance * truth)
    }
    withExtendedLifetime((prefixMemory, suffixMemory)) {}
  }
}
