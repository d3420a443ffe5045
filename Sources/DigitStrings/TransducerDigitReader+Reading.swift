extension TransducerDigitReader {
  /// The maximum number of labels per frame: one if a label consumes a frame; otherwise a few, so
  /// that the search always ends.
  private var mostLabelsPerFrame: Int { topology.plainLabelFrames == 1 ? 1 : 3 }

  /// The result of the search in a frame.
  struct FrameReading: Sendable, Equatable {
    /// The logits before the frame's first label, `[vocabulary]`.
    let logits: [Float]
    /// The labels that are read in the frame.
    let digits: [Int]
  }

  /// Greedy search: in each frame, takes the most probable token, again after each label, until it
  /// is the blank.
  func frameReadings(_ image: GrayscaleImage) -> [FrameReading] {
    let encoded = encode(image).output
    var digits: [Int] = []
    func logits(_ frame: Int) -> [Float] {
      let position = predictor.values(after: digits[...], parameters: predictorParameters)
      let seen = Array(encoded[frame * joiner.size..<(frame + 1) * joiner.size])
      return joiner.logits(
        hidden: joiner.hidden(frames: seen, positions: position), parameters: joinerParameters)
    }
    return (0..<encoded.count / joiner.size).map { frame in
      let start = digits.count
      let first = logits(frame)
      var token = DigitVocabulary.likeliestTokens(first)[0]
      while token != DigitVocabulary.blank {
        digits.append(token)
        guard digits.count - start < mostLabelsPerFrame else { break }
        token = DigitVocabulary.likeliestTokens(logits(frame))[0]
      }
      return FrameReading(logits: first, digits: Array(digits[start...]))
    }
  }

  /// The digits that greedy search finds.
  public func digits(in image: GrayscaleImage) -> [Int] {
    frameReadings(image).flatMap(\.digits)
  }

  /// Draws the labels of a frame in its first columns, because a transducer's labels have no
  /// duration. Each column has the logits before the frame's first label.
  public func read(_ image: GrayscaleImage) -> DigitStringReading {
    let frames = frameReadings(image)
    let blanks = [Int](repeating: DigitVocabulary.blank, count: Self.columnsPerFrame)
    let alignment = frames.flatMap { ($0.digits + blanks).prefix(Self.columnsPerFrame) }
    let logits = frames.flatMap { frame in
      (0..<Self.columnsPerFrame).flatMap { _ in frame.logits }
    }
    return DigitStringReading(
      digits: frames.flatMap(\.digits),
      logits: Array(logits.prefix(image.columns * DigitVocabulary.count)),
      alignment: Array(alignment.prefix(image.columns)))
  }
}
