/// What a network makes of a string: the digits that it reads, and where it reads them.
public struct DigitStringReading: Sendable, Equatable {
  /// The digits from left to right, 0 to 9.
  public let digits: [Int]
  /// `[columns, tokens]`: natural-logarithm scores before the softmax.
  public let logits: [Float]
  /// The token that each column of the image is drawn with; the blank where nothing is read.
  public let alignment: [Int]

  /// `[columns, tokens]`: the softmax of each column's logits.
  public var posteriors: [Float] { DigitVocabulary.posteriors(logits) }
}
