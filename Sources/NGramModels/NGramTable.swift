/// The weights of one n-gram: logarithms to base 10, as in the files.
struct NGramWeights: BitwiseCopyable {
  /// The log-probability of the last word after the others.
  var logProbability: Float
  /// Added if the next word does not follow the n-gram in the model. Negative zero means that no
  /// word does, so the n-gram is not part of a state.
  var backOff: Float

  /// Whether the n-gram affects the scores of later words.
  var isContext: Bool { backOff.bitPattern != 0x8000_0000 }
}

/// A table of n-grams that is searched from the last word to the first, the order in which scores
/// need them.
///
/// A node represents the words so far. A damaged file may give wrong results, but a lookup never
/// reads outside the file, and always ends.
protocol NGramTable: Sendable {
  /// The number of words of the longest n-grams.
  var order: Int { get }
  /// The unigram of a word, its node, and whether longer n-grams end with it.
  func unigram(_ word: UInt32) -> (weights: NGramWeights, node: NGramNode, extends: Bool)
  /// The n-gram of `length` words that consists of `word` and the words of `node`; nil if there is
  /// none.
  func extend(
    _ node: inout NGramNode, by word: UInt32, to length: Int
  ) -> (weights: NGramWeights, extends: Bool)?
}

/// The position of a lookup: a key, or a range of entries.
struct NGramNode: BitwiseCopyable {
  var first: UInt64
  var end: UInt64 = 0
}
