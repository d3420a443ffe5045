/// Draws an image and the path that reads it as text for a terminal, one character cell per frame.
///
/// Each line shows two rows of pixels by half blocks, so that pixels are about square:
///
///     ▄███▄    ▄█    ▄▄█▀
///     █   █     █     ▀▀█▄
///     ▀███▀    ▄█▄    ▄▄█▀
///     ·000······1·····33··
public struct AlignmentDrawing: Sendable {
  /// The number of cells of a line. Longer strings continue below.
  public let width: Int
  /// Whether shades of ink and the colors of tokens are drawn, with 256-color escape codes.
  public let usesColor: Bool

  /// Without shades, pixels with at least this much ink are drawn.
  private static let inkThreshold: Float = 0.4
  /// Okabe and Ito's palette, safe for color-blind readers, in the terminal's 256 colors.
  private static let palette = [208, 74, 36, 227, 25, 166, 175]

  /// A drawing for a terminal `width` cells wide.
  public init(width: Int = 80, usesColor: Bool = false) {
    precondition(width > 0)
    self.width = width
    self.usesColor = usesColor
  }

  /// The image, and below each of its columns the token that `alignment` emits there.
  ///
  /// The blank is drawn as a middle dot, any other token as its first character. O(pixels).
  ///
  /// - Parameters:
  ///   - image: One column per frame. If it has fewer columns, the rest is paper.
  ///   - alignment: One token per frame.
  ///   - tokens: The names of the tokens.
  ///   - blank: The index of the blank.
  public func text(image: GrayscaleImage, alignment: [Int], tokens: [String], blank: Int) -> String
  {
    stride(from: 0, to: alignment.count, by: width).map { start in
      let frames = start..<min(start + width, alignment.count)
      let imageLines = stride(from: 0, to: image.rows, by: 2).map { row in
        line(frames) { cell(upper: image[$0, row], lower: image[$0, row + 1]) }
      }
      let tokenLine = line(frames) { frame in
        let token = alignment[frame]
        guard token != blank else { return Cell(character: "·") }
        let color = Self.palette[token % Self.palette.count]
        return Cell(character: tokens[token].first ?? " ", foreground: usesColor ? color : nil)
      }
      return (imageLines + [tokenLine]).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private struct Cell {
    var character: Character
    var foreground: Int?
    var background: Int?
    /// The escape code that sets the colors of this cell.
    var escape: String {
      let codes =
        ["0"] + (foreground.map { ["38;5;\($0)"] } ?? [])
        + (background.map { ["48;5;\($0)"] } ?? [])
      return "\u{1B}[" + codes.joined(separator: ";") + "m"
    }
  }

  private func line(_ frames: Range<Int>, cell: (Int) -> Cell) -> String {
    let cells = frames.map(cell)
    guard usesColor else {
      // Spaces at the end of a line are not printed.
      let characters = cells.map(\.character)
      let end = characters.lastIndex { $0 != " " }.map { $0 + 1 } ?? 0
      return String(characters[..<end])
    }
    var text = ""
    var escape: String?
    for cell in cells {
      if cell.escape != escape { text += cell.escape }
      escape = cell.escape
      text.append(cell.character)
    }
    return text + "\u{1B}[0m"
  }

  private func cell(upper: Float, lower: Float) -> Cell {
    if usesColor {
      return Cell(character: "▀", foreground: shade(upper), background: shade(lower))
    }
    switch (upper >= Self.inkThreshold, lower >= Self.inkThreshold) {
    case (true, true): return Cell(character: "█")
    case (true, false): return Cell(character: "▀")
    case (false, true): return Cell(character: "▄")
    case (false, false): return Cell(character: " ")
    }
  }

  /// One of the 24 grays from 232 (nearly black) to 255 (nearly white): light ink on dark paper.
  private func shade(_ ink: Float) -> Int {
    232 + Int((min(1, max(0, ink)) * 23).rounded())
  }
}
