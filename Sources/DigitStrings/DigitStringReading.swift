import Foundation
import Seq2SeqLosses

/// What a network makes of a string: posteriors, their best path, and the digits that it reads.
public struct DigitStringReading: Sendable, Equatable {
  /// The vocabulary's names: ten digits and the blank.
  public static let tokens = (0..<10).map(String.init) + ["<blank>"]
  /// The blank's index in ``tokens``.
  public static let blank = DigitStringNetwork.blank

  /// `[columns, tokens]`: natural-logarithm scores before the softmax.
  public let logits: [Float]

  /// `[columns, tokens]`: the softmax of each column's logits.
  public var posteriors: [Float] {
    let vocabulary = Self.tokens.count
    return stride(from: 0, to: logits.count, by: vocabulary).flatMap { start in
      let row = logits[start..<start + vocabulary]
      let largest = row.max() ?? 0
      let numerators = row.map { exp($0 - largest) }
      let sum = numerators.reduce(0, +)
      return numerators.map { $0 / sum }
    }
  }

  /// The likeliest token of each column, the first of equals: an alignment for drawing.
  public var bestPath: [Int] {
    let vocabulary = Self.tokens.count
    return stride(from: 0, to: logits.count, by: vocabulary).map { start in
      (0..<vocabulary).reduce(0) { logits[start + $1] > logits[start + $0] ? $1 : $0 }
    }
  }

  /// The best path's digits: repeats merged, then blanks removed.
  public var digits: [Int] {
    TokenRun.runs(of: bestPath).map(\.token).filter { $0 != Self.blank }
  }

  /// The best alignment of `digits` with the columns, one token each: empty where none fits.
  ///
  /// - Throws: `InputError` where a digit is not in 0...9.
  public func alignment(with digits: [Int]) throws -> [Int] {
    let layout = try LogitsLayout(
      batch: 1, time: logits.count / Self.tokens.count, vocabulary: Self.tokens.count)
    return try CTCLoss(blank: Self.blank)
      .bestAlignments(logits, layout: layout, labels: [digits])[0].tokens
  }
}
