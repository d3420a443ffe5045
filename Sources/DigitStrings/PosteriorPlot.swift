/// Draws posteriors over time as an SVG picture: the image, a heat map by token, and the alignment.
///
/// It shows the tokens that the alignment emits or that are likely in some frame, so it works for
/// any vocabulary. Color-blind readers can distinguish its colors.
public struct PosteriorPlot: Sendable {
  /// The heading; empty for none.
  public var title: String
  /// The title of the time axis.
  public var timeAxisTitle: String
  /// A token whose posterior reaches this value in some frame is shown even if it is never emitted.
  public var visiblePosterior: Float
  /// The picture's width in pixels; the height follows from the content.
  public var width: Double

  /// A plot with the given texts and width; see the properties.
  public init(
    title: String = "", timeAxisTitle: String = "frame", visiblePosterior: Float = 0.2,
    width: Double = 960
  ) {
    precondition(width >= 300)
    self.title = title
    self.timeAxisTitle = timeAxisTitle
    self.visiblePosterior = visiblePosterior
    self.width = width
  }

  /// The picture as an SVG document. O(frames · vocabulary).
  ///
  /// - Parameters:
  ///   - posteriors: `[frames, vocabulary]`, each in 0...1.
  ///   - frames: The number of frames.
  ///   - vocabulary: The number of tokens, including the blank.
  ///   - tokens: The names of the tokens.
  ///   - blank: The index of the blank. Its row is the last.
  ///   - alignment: One token per frame, or empty for none.
  ///   - image: The image that was read, if there is one. Its columns are spread over the frames.
  public func svg(
    posteriors: [Float], frames: Int, vocabulary: Int, tokens: [String], blank: Int,
    alignment: [Int] = [], image: GrayscaleImage? = nil
  ) -> String {
    precondition(posteriors.count == frames * vocabulary && tokens.count == vocabulary)
    precondition(alignment.isEmpty || alignment.count == frames)
    var visible = Set(alignment)
    for (index, posterior) in posteriors.enumerated() where posterior >= visiblePosterior {
      visible.insert(index % vocabulary)
    }
    visible.remove(blank)
    var drawing = PosteriorPlotDrawing(
      width: width, frames: frames, visibleTokens: visible.sorted() + [blank],
      names: tokens.indices.map { $0 == blank ? "blank" : Self.visibleName(tokens[$0]) },
      blank: blank,
      runs: TokenRun.runs(of: alignment))
    if !title.isEmpty { drawing.addTitle(title) }
    if let image, image.columns > 0, image.rows > 0 { drawing.addImage(image) }
    drawing.addHeatMap { frame, token in posteriors[frame * vocabulary + token] }
    if !alignment.isEmpty { drawing.addAlignment() }
    drawing.addTimeAxis(title: timeAxisTitle)
    return drawing.document
  }

  /// A visible name for a token that consists only of space.
  private static func visibleName(_ token: String) -> String {
    token.allSatisfy(\.isWhitespace) ? "␣" : token
  }
}
