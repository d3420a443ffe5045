import TestSupport
import Testing

@testable import Seq2SeqLosses

/// Each frame's best token, against a loop that is written from the definition, with all instruction sets.
@Suite struct RowScanTests {
  private static let special: [Float] = [
    0, -0.0, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .greatestFiniteMagnitude,
    -.greatestFiniteMagnitude, 1, -1,
  ]
  private static let impossible: [Float] = [.nan, -.nan, .infinity, .signalingNaN]

  @Test(arguments: KernelVariant.allCases.filter(\.isSupported)) func scan(
    _ variant: KernelVariant
  ) throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<400 {
      let width = Int.random(in: 1...700, using: &generator)
      let frames = Int.random(in: 0...4, using: &generator)
      var values = (0..<frames * width).map { _ in
        Bool.random(using: &generator)
          ? Self.special.randomElement(using: &generator) ?? 0
          : Float.random(in: -3...1, using: &generator)
      }
      if !values.isEmpty && Bool.random(using: &generator) {
        values[Int.random(in: values.indices, using: &generator)] =
          Self.impossible.randomElement(using: &generator) ?? .nan
      }
      let layout = try LogitsLayout(batch: 1, time: frames, vocabulary: width)
      let expected = Self.best(values, width)
      try KernelVariant.$forced.withValue(variant) {
        try values.withUnsafeBufferPointer { values in
          let buffer = StridedBuffer(values, layout)
          var places = [Int32](repeating: -1, count: frames)
          var best = [Double](repeating: 0, count: frames)
          let end = try places.withUnsafeMutableBufferPointer { places in
            try best.withUnsafeMutableBufferPointer { best in
              guard frames > 0 else { return 0 }
              return buffer.best(
                0, 0..<frames, places: try #require(places.baseAddress),
                values: try #require(best.baseAddress))
            }
          }
          #expect(end == expected.count)
          #expect(frames == 0 || buffer.firstImpossible(0, 0..<frames) == end)
          #expect(places.prefix(end).elementsEqual(expected.map { Int32($0) }))
          for frame in 0..<end {
            #expect(best[frame] == Double(values[frame * width + expected[frame]]))
          }
        }
      }
    }
  }

  /// The lowest of each row's largest values, up to the first row that has none.
  private static func best(_ values: [Float], _ width: Int) -> [Int] {
    var best: [Int] = []
    for start in stride(from: 0, to: values.count, by: width) {
      let row = values[start..<start + width]
      guard row.allSatisfy({ $0 < .infinity }), let largest = row.max(), largest > -.infinity,
        let place = row.firstIndex(of: largest)
      else { break }
      best.append(place - start)
    }
    return best
  }
}
