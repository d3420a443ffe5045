/// An SVG document under construction: shapes and texts, drawn one over the other.
struct SVGPicture {
  private var elements: [String] = []

  /// A filled rectangle.
  ///
  /// Cells of a raster have `crisp` edges, so that no seams are visible between them.
  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, fill: String, opacity: Double = 1,
    crisp: Bool = false
  ) {
    let opacity = opacity < 1 ? " fill-opacity=\"\(Self.number(opacity))\"" : ""
    let rendering = crisp ? " shape-rendering=\"crispEdges\"" : ""
    elements.append(
      "<rect \(Self.box(x, y, width, height)) fill=\"\(fill)\"\(opacity)\(rendering)/>")
  }

  /// The outline of a rectangle.
  mutating func outline(
    x: Double, y: Double, width: Double, height: Double, stroke: String, strokeWidth: Double = 1
  ) {
    elements.append(
      "<rect \(Self.box(x, y, width, height)) fill=\"none\" stroke=\"\(stroke)\""
        + " stroke-width=\"\(Self.number(strokeWidth))\"/>")
  }

  /// A vertical line.
  mutating func tick(x: Double, from top: Double, to bottom: Double, stroke: String) {
    let x = Self.number(x)
    elements.append(
      "<line x1=\"\(x)\" y1=\"\(Self.number(top))\" x2=\"\(x)\" y2=\"\(Self.number(bottom))\""
        + " stroke=\"\(stroke)\"/>")
  }

  /// The point of a text that lies at its coordinates.
  enum Anchor: String {
    case start, middle, end
  }

  /// A line of text; `y` is its baseline. With `isUpright` it is rotated to read from bottom to
  /// top.
  mutating func text(
    _ content: String, x: Double, y: Double, size: Double, anchor: Anchor = .start,
    fill: String = PosteriorPalette.text, isBold: Bool = false, isUpright: Bool = false
  ) {
    let (x, y) = (Self.number(x), Self.number(y))
    let weight = isBold ? " font-weight=\"600\"" : ""
    let rotation = isUpright ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
    elements.append(
      "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(Self.number(size))\" fill=\"\(fill)\""
        + " text-anchor=\"\(anchor.rawValue)\"\(weight)\(rotation)>\(Self.escaped(content))</text>")
  }

  /// The document, on white paper of the given size.
  func document(width: Double, height: Double) -> String {
    let (width, height) = (Self.number(width), Self.number(height))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif">
      <rect width="100%" height="100%" fill="#ffffff"/>
      \(elements.joined(separator: "\n"))
      </svg>

      """
  }

  /// The text with XML's special characters as entities and without those that XML forbids.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += " "
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A coordinate with at most two decimals.
  static func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  private static func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
    "x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\""
  }
}
