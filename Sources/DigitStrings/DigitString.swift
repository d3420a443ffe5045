/// A string of handwritten digits: an image eight pixels high, and its digits.
public struct DigitString: Sendable, Equatable {
  /// The image, eight rows high.
  public let image: GrayscaleImage
  /// The digits from left to right, 0 to 9: the labels of the loss.
  public let digits: [Int]
}

/// How ``DigitString``s are composed of glyphs.
struct DigitStringStyle: Sendable {
  /// The number of digits in a string.
  var length = 3...10
  /// The numbers of empty columns before the first digit, between digits, and after the last.
  var gap = 0...3
  /// The largest change of a pixel.
  var noise: Float = 0
  /// The range of factors for a glyph's ink.
  var strength: ClosedRange<Float> = 1...1

  /// Unchanged glyphs.
  static let plain = Self()
  /// Glyphs with small random changes, so that a network cannot memorize them.
  static let augmented = Self(noise: 0.25, strength: 0.75...1.1)

  /// A random string of `glyphs`, which depends on the generator's state.
  func string(
    of glyphs: [DigitGlyphs.Glyph], using generator: inout some RandomNumberGenerator
  ) -> DigitString {
    let size = DigitGlyphs.size
    let chosen = (0..<Int.random(in: length, using: &generator)).map { _ in
      glyphs[Int.random(in: glyphs.indices, using: &generator)]
    }
    var ink: [Float] = []
    func appendGap(using generator: inout some RandomNumberGenerator) {
      let columns = Int.random(in: gap, using: &generator)
      ink += [Float](repeating: 0, count: columns * size)
    }
    appendGap(using: &generator)
    for glyph in chosen {
      let factor = Float.random(in: strength, using: &generator)
      ink += glyph.ink.map { factor * $0 }
      appendGap(using: &generator)
    }
    for index in ink.indices {
      ink[index] += Float.random(in: -noise...noise, using: &generator)
      ink[index] = min(1, max(0, ink[index]))
    }
    return DigitString(
      image: GrayscaleImage(columns: ink.count / size, rows: size, ink: ink),
      digits: chosen.map(\.digit))
  }
}
