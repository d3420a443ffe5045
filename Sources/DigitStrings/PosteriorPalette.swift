/// The colors of a ``PosteriorPlot``, which color-blind readers can distinguish.
enum PosteriorPalette {
  static let text = "#222222"
  static let border = "#888888"
  /// The outline of the alignment on the heat map: orange stands out on white and on any blue.
  static let alignment = "#d55e00"
  /// The color of blank spans of the alignment.
  static let blank = "#eeeeee"
  /// The number of shades of ``heat(_:)``.
  static let heatLevels = 32

  /// Light colors of Okabe and Ito's palette, on which dark text is legible.
  private static let spans = [
    "#e69f00", "#56b4e9", "#33b893", "#f0e442", "#e0835a", "#d59bbd", "#8ea9db",
  ]
  /// Blues from a posterior of zero to a posterior of one, with monotonically falling lightness.
  private static let blues: [SIMD3<Float>] = [
    [255, 255, 255], [198, 219, 239], [107, 174, 214], [33, 113, 181], [8, 48, 107],
  ]

  /// The color of the spans of the `index`-th visible token. Colors repeat after the seventh.
  static func span(_ index: Int) -> String { spans[index % spans.count] }

  /// The shade, in `0..<heatLevels`, of a posterior in 0...1.
  static func heatLevel(_ posterior: Float) -> Int {
    guard posterior > 0 else { return 0 }  // Also for NaN.
    return Int((min(1, posterior) * Float(heatLevels - 1)).rounded())
  }

  /// The color of a shade.
  static func heat(_ level: Int) -> String {
    let place = Float(level) / Float(heatLevels - 1) * Float(blues.count - 1)
    let lower = min(Int(place), blues.count - 2)
    let mixed = blues[lower] + (blues[lower + 1] - blues[lower]) * (place - Float(lower))
    return hex(SIMD3<UInt8>(mixed, rounding: .toNearestOrEven))
  }

  private static func hex(_ color: SIMD3<UInt8>) -> String {
    let digits = (0..<3).map { index in
      let byte = String(color[index], radix: 16)
      return byte.count == 1 ? "0" + byte : byte
    }
    return "#" + digits.joined()
  }
}
