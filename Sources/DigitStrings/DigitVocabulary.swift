import Foundation

/// The tokens of the readers: ten digits and the blank.
public enum DigitVocabulary {
  /// The tokens' names.
  public static let names = (0..<10).map(String.init) + ["<blank>"]
  /// The number of tokens.
  public static let count = 11
  /// The blank's index, after the digits.
  public static let blank = 10

  /// The softmax of each row of `logits` `[rows, count]`.
  static func posteriors(_ logits: [Float]) -> [Float] {
    stride(from: 0, to: logits.count, by: count).flatMap { start in
      let row = logits[start..<start + count]
      let largest = row.max() ?? 0
      let numerators = row.map { exp($0 - largest) }
      let sum = numerators.reduce(0, +)
      return numerators.map { $0 / sum }
    }
  }

  /// The most probable token of each row of `logits` `[rows, count]`; the first if several tie.
  static func likeliestTokens(_ logits: [Float]) -> [Int] {
    stride(from: 0, to: logits.count, by: count).map { start in
      (0..<count).reduce(0) { logits[start + $1] > logits[start + $0] ? $1 : $0 }
    }
  }
}
