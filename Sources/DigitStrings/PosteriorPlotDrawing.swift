/// The panels of a ``PosteriorPlot``, one below the other with the same time axis.
struct PosteriorPlotDrawing {
  private let width: Double
  private let frames: Int
  private let visibleTokens: [Int]
  private let names: [String]
  private let blank: Int
  private let runs: [TokenRun]

  private var picture = SVGPicture()
  /// The top of the next panel.
  private var top = 18.0
  private let left = 84.0
  private let gap = 12.0
  private var right: Double { width - 64 }
  private var frameWidth: Double { (right - left) / Double(max(1, frames)) }

  /// An empty picture; the panels are added from the top down.
  init(
    width: Double, frames: Int, visibleTokens: [Int], names: [String], blank: Int, runs: [TokenRun]
  ) {
    self.width = width
    self.frames = frames
    self.visibleTokens = visibleTokens
    self.names = names
    self.blank = blank
    self.runs = runs
  }

  /// The picture so far.
  var document: String { picture.document(width: width, height: top) }

  mutating func addTitle(_ title: String) {
    picture.text(title, x: left, y: top + 14, size: 17, isBold: true)
    top += 30
  }

  /// The image, with the colors of the alignment behind the ink.
  mutating func addImage(_ image: GrayscaleImage) {
    let columnWidth = (right - left) / Double(image.columns)
    // Square pixels, unless the image would be too high.
    let rowHeight = min(columnWidth, 240 / Double(image.rows))
    let height = Double(image.rows) * rowHeight
    for run in runs where run.token != blank {
      picture.rectangle(
        x: x(run.frames.lowerBound), y: top, width: length(run.frames), height: height,
        fill: spanColor(run.token), opacity: 0.3)
    }
    for column in 0..<image.columns {
      for row in 0..<image.rows where image[column, row] > 0 {
        picture.rectangle(
          x: left + Double(column) * columnWidth, y: top + Double(row) * rowHeight,
          width: columnWidth, height: rowHeight, fill: PosteriorPalette.text,
          opacity: Double(min(1, image[column, row])), crisp: true)
      }
    }
    closePanel("input", height: height)
  }

  /// A row of shades for each visible token, an outline of the alignment's path, and the scale of
  /// the shades.
  mutating func addHeatMap(posterior: (_ frame: Int, _ token: Int) -> Float) {
    if !runs.isEmpty { addLegend() }
    let rowHeight = max(13, min(22, 480 / Double(visibleTokens.count)))
    let height = Double(visibleTokens.count) * rowHeight
    for (row, token) in visibleTokens.enumerated() {
      let y = top + Double(row) * rowHeight
      // Neighboring cells of the same shade are one rectangle, because most posteriors are near 0
      // or 1.
      let levels = (0..<frames).map { PosteriorPalette.heatLevel(posterior($0, token)) }
      for run in TokenRun.runs(of: levels) where run.token > 0 {
        picture.rectangle(
          x: x(run.frames.lowerBound), y: y, width: length(run.frames), height: rowHeight,
          fill: PosteriorPalette.heat(run.token), crisp: true)
      }
      if row > 0 {
        picture.rectangle(
          x: left, y: y, width: right - left, height: 1, fill: PosteriorPalette.blank, crisp: true)
      }
      picture.text(
        names[token], x: left - 8, y: y + rowHeight / 2 + 4.5, size: min(14, rowHeight),
        anchor: .end)
    }
    for run in runs {
      guard let row = visibleTokens.firstIndex(of: run.token) else { continue }
      picture.outline(
        x: x(run.frames.lowerBound), y: top + Double(row) * rowHeight, width: length(run.frames),
        height: rowHeight, stroke: PosteriorPalette.alignment, strokeWidth: 2)
    }
    addScale(height: height)
    closePanel("posterior", height: height)
  }

  /// The tokens that the alignment emits, as colored spans.
  mutating func addAlignment() {
    let height = 26.0
    for run in runs {
      let (start, length) = (x(run.frames.lowerBound), length(run.frames))
      picture.rectangle(
        x: start, y: top, width: length, height: height,
        fill: run.token == blank ? PosteriorPalette.blank : spanColor(run.token))
      guard run.token != blank else { continue }
      let size = min(15, 1.7 * length / Double(max(1, names[run.token].count)))
      picture.text(
        names[run.token], x: start + length / 2, y: top + height / 2 + size * 0.36, size: size,
        anchor: .middle, isBold: true)
    }
    closePanel("alignment", height: height)
  }

  /// Ticks at round frame numbers, and the title of the axis.
  mutating func addTimeAxis(title: String) {
    top -= gap
    let candidates = (0..<9).flatMap { power in
      [1, 2, 5].map { factor in (0..<power).reduce(factor) { product, _ in product * 10 } }
    }
    let step = candidates.first { Double($0) * frameWidth >= 50 } ?? max(1, frames)
    for frame in stride(from: 0, to: frames, by: step) {
      let middle = x(frame) + frameWidth / 2
      picture.tick(x: middle, from: top, to: top + 5, stroke: PosteriorPalette.border)
      picture.text("\(frame)", x: middle, y: top + 19, size: 13, anchor: .middle)
    }
    picture.text(title, x: (left + right) / 2, y: top + 39, size: 14, anchor: .middle)
    top += 52
  }

  /// The legend of the heat map's outlines, on a line of its own.
  private mutating func addLegend() {
    picture.outline(
      x: right - 84, y: top, width: 14, height: 10, stroke: PosteriorPalette.alignment,
      strokeWidth: 2)
    picture.text("alignment", x: right, y: top + 9.5, size: 13, anchor: .end)
    top += 18
  }

  private mutating func addScale(height: Double) {
    let (barLeft, barWidth) = (right + 14, 12.0)
    let levelHeight = height / Double(PosteriorPalette.heatLevels)
    for level in 0..<PosteriorPalette.heatLevels {
      picture.rectangle(
        x: barLeft, y: top + height - Double(level + 1) * levelHeight, width: barWidth,
        height: levelHeight, fill: PosteriorPalette.heat(level), crisp: true)
    }
    picture.outline(
      x: barLeft, y: top, width: barWidth, height: height, stroke: PosteriorPalette.border)
    for (label, place) in [("1", 0), ("0.5", 0.5), ("0", 1)] {
      picture.text(label, x: barLeft + barWidth + 5, y: top + place * height + 4.5, size: 13)
    }
  }

  /// Draws the frame and the name of the panel that begins at `top`, and moves below it.
  private mutating func closePanel(_ name: String, height: Double) {
    picture.outline(
      x: left, y: top, width: right - left, height: height, stroke: PosteriorPalette.border)
    let isFlat = height < 60
    picture.text(
      name, x: isFlat ? left - 8 : 22, y: top + height / 2 + (isFlat ? 4.5 : 0), size: 14,
      anchor: isFlat ? .end : .middle, isUpright: !isFlat)
    top += height + gap
  }

  private func x(_ frame: Int) -> Double { left + Double(frame) * frameWidth }

  private func length(_ range: Range<Int>) -> Double { Double(range.count) * frameWidth }

  private func spanColor(_ token: Int) -> String {
    PosteriorPalette.span(visibleTokens.firstIndex(of: token) ?? 0)
  }
}
