/// What a model knows of one n-gram; logarithms to base 10, as files have them.
struct NGramWeights: BitwiseCopyable {
  /// Of the last word after the others.
  var logProbability: Float
  /// Added where a word does not follow the n-gram. Minus zero says that nothing does, so that the n-gram
  /// need not be remembered.
  var backOff: Float

  /// Whether it matters for a next word that this n-gram stood before.
  var isContext: Bool { backOff.bitPattern != 0x8000_0000 }
}

/// N-grams by their words from the last to the first: the order in which a score needs them.
///
/// A node stands for the words so far. What a damaged file says may be wrong, but no lookup reads beyond
/// the file or goes on for ever.
protocol NGramTable: Sendable {
  /// The number of words in the longest n-grams.
  var order: Int { get }
  /// The unigram of a word, its node, and whether longer n-grams end with it.
  func unigram(_ word: UInt32) -> (weights: NGramWeights, node: NGramNode, extends: Bool)
  /// The n-gram of `length` words that has `word` before those of `node`; nil where there is none.
  func extend(
    _ node: inout NGramNode, by word: UInt32, to length: Int
  ) -> (weights: NGramWeights, extends: Bool)?
}

/// Where a lookup stands: a key, or a range of entries.
struct NGramNode: BitwiseCopyable {
  var first: UInt64
  var end: UInt64 = 0
}
