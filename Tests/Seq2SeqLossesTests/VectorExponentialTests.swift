import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

@Suite struct VectorExponentialTests {
  @Test func agreesWithTheWideType() {
    var generator = SeededGenerator(seed: 6)
    var worst: WideFloat = 0
    for step in 0..<4000 {
      let range = [0.5, 40, 708][step % 3]
      var x = SIMD8<Double>.zero
      for lane in x.indices { x[lane] = Double.random(in: -range...0, using: &generator) }
      let values = exponential(x)
      for lane in x.indices {
        worst = max(worst, abs(WideFloat(values[lane]) / exp(WideFloat(x[lane])) - 1))
      }
    }
    // Two spacings of a number just above a power of two.
    #expect(worst < 0x1p-51)
  }

  @Test func edges() {
    let values = exponential(
      SIMD8(0, -0.0, -.infinity, .nan, -708.5, -1e300, -1e-300, -708))
    #expect(values[0] == 1 && values[1] == 1 && values[2] == 0 && values[3].isNaN)
    #expect(values[4] == 0 && values[5] == 0 && values[6] == 1)
    #expect(abs(values[7] / exp(-708) - 1) < 1e-15)
  }

  /// Every length around the eight lanes, with the special value at every place.
  @Test func rows() {
    for count in 0...19 {
      let row = (0..<count).map { -Double(($0 * 7) % 19) }
      var sum = 0.0
      var seen = 0
      forEachExponential(row, count: count, minus: 0) { index, lanes, values in
        #expect(index == seen)
        seen += lanes
        sum += values.sum()
      }
      #expect(seen == count && abs(sum - row.reduce(0) { $0 + exp($1) }) < 1e-14)
      #expect(largestNumber(row, count: count) == row.max() ?? -.infinity)
      for place in 0..<count {
        var special = row
        special[place] = .nan
        #expect(largestNumber(special, count: count) == nil)
        special[place] = .infinity
        #expect(largestNumber(special, count: count) == .infinity)
        special[place] = -.infinity
        #expect(largestNumber(special, count: count) == special.max())
      }
    }
  }
}
