/// The digits that a network reads in a string, and their alignment.
public struct DigitStringReading: Sendable, Equatable {
  /// The digits from left to right, 0 to 9.
  public let digits: [Int]
  /// `[columns, tokens]`: the logits.
  public let logits: [Float]
  /// The token of each column of the image in drawings; the blank if nothing is read there.
  public let alignment: [Int]

  /// `[columns, tokens]`: the softmax of each column's logits.
  public var posteriors: [Float] { DigitVocabulary.posteriors(logits) }
}
