import Seq2SeqLosses
import TestSupport
import Testing

struct BestPathTests {
  /// Segments of every length give the very path of the whole, in every build of the kernels.
  @Test(arguments: CTCTopology.allCases, 0..<40)
  func segmentsChangeNothing(topology: CTCTopology, seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let width = Int.random(in: 2...6, using: &generator)
    let frames = Int.random(in: 1...60, using: &generator)
    let labels = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
      Int32.random(in: 1..<Int32(width), using: &generator)
    }
    // Whole numbers, so that paths tie often and sums are exact.
    let rows = (0..<frames * width).map { _ in
      Double(Int.random(in: -4...0, using: &generator))
    }
    let lattice = BestPathLattice(topology, labels: labels, blank: 0)
    func path(_ segment: Int?, _ variant: KernelVariant) -> BestPath? {
      KernelVariant.$forced.withValue(variant) {
        BestPath(lattice, frames: frames, width: width, segment: segment) { block, target in
          for (index, value) in rows[block.lowerBound * width..<block.upperBound * width]
            .enumerated()
          {
            target[index] = value
          }
        }
      }
    }
    let whole = path(nil, .baseline)
    for variant in KernelVariant.allCases where variant.isSupported {
      for segment in [1, 2, 3, 7, 16, frames] {
        let other = path(segment, variant)
        #expect(other?.states == whole?.states)
        #expect(other?.score == whole?.score)
      }
    }
    let truth = Self.plain(lattice, labels, topology, rows, frames, width)
    #expect((whole?.score ?? -.infinity) == truth)
    if let whole {
      var previous = 0
      let sum = whole.states.enumerated().reduce(0.0) { sum, entry in
        defer { previous = Int(entry.element) }
        let column = lattice.column(from: previous, to: Int(entry.element))
        return sum + rows[entry.offset * width + column]
      }
      #expect(sum == whole.score)
    }
  }

  /// The best score by a table written from the definition, over labels done and whether the last frame
  /// was the label itself.
  private static func plain(
    _ lattice: BestPathLattice, _ labels: [Int32], _ topology: CTCTopology, _ rows: [Double],
    _ frames: Int, _ width: Int
  ) -> Double {
    // (labels done, last token) and the best score.
    var best = [[Int32]: Double]()
    best[[0, -1]] = 0
    for frame in 0..<frames {
      var next = [[Int32]: Double]()
      for (key, score) in best {
        for token in 0..<Int32(width) {
          let isSilent =
            topology.hasBlank && token == 0 || topology.mergesRepeats && token == key[1]
          let done = Int(key[0])
          guard isSilent || (done < labels.count && labels[done] == token) else { continue }
          let entry = [isSilent ? key[0] : key[0] + 1, token]
          let sum = score + rows[frame * width + Int(token)]
          next[entry] = max(next[entry] ?? -.infinity, sum)
        }
      }
      best = next
    }
    return best.filter { $0.key[0] == labels.count }.values.max() ?? -.infinity
  }
}
