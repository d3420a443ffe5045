extension TransducerDigitReader {
  /// The labels that a frame may have: one where it takes the frame, else a few, lest the search never end.
  private var mostLabelsPerFrame: Int { topology.plainLabelFrames == 1 ? 1 : 3 }

  /// What happens in a frame.
  struct FrameReading: Sendable, Equatable {
    /// The logits before the frame's first label, `[vocabulary]`.
    let logits: [Float]
    /// The labels read there.
    let digits: [Int]
  }

  /// Greedy search: at each frame the likeliest token, again after each label, until it is the blank.
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

  /// A frame's labels are drawn in its first columns, for a transducer's labels take no time; each column has the logits
  /// before the frame's first label.
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
