import Foundation
import TensorFiles

/// Images of single handwritten digits, divided by a fixed rule into training and held-out images.
///
/// Every fifth image is held out, so held-out strings contain only images that no training string
/// contains. A writer may have contributed to both parts.
public struct DigitGlyphs: Sendable {
  /// The number of rows and of columns of a glyph.
  public static let size = 8
  /// One image in this many is held out.
  static let heldOutPeriod = 5

  /// A handwritten digit.
  struct Glyph: Sendable, Hashable {
    /// 0 to 9.
    let digit: Int
    /// `[column, row]`, 0 for paper to 1 for full ink.
    let ink: [Float]
  }

  let training: [Glyph]
  let heldOut: [Glyph]

  /// The glyphs of this module; see `Resources/ATTRIBUTION.md` for source and license.
  public init() throws {
    let images = try Self.resource("glyphs")
    let digits = try Self.resource("labels")
    let pixels = Self.size * Self.size
    precondition(images.count == digits.count * pixels)
    let glyphs = digits.indices.map { index in
      // The file is [row, column], but the network needs whole columns.
      let ink = (0..<pixels).map { place in
        let (column, row) = place.quotientAndRemainder(dividingBy: Self.size)
        return Float(images[index * pixels + row * Self.size + column]) / 16
      }
      return Glyph(digit: Int(digits[index]), ink: ink)
    }
    let isHeldOut = { (index: Int) in index % Self.heldOutPeriod == 0 }
    training = glyphs.indices.filter { !isHeldOut($0) }.map { glyphs[$0] }
    heldOut = glyphs.indices.filter(isHeldOut).map { glyphs[$0] }
  }

  private static func resource(_ name: String) throws -> [Int] {
    guard
      let url = Bundle.module.url(
        forResource: name, withExtension: "npy", subdirectory: "Resources")
    else { throw CocoaError(.fileNoSuchFile) }
    return try NPYFile.read(url.path).integers()
  }
}
