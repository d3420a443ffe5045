/// N-grams in memory, read from an ARPA file.
struct HashedNGrams: NGramTable {
  let order: Int
  private(set) var wordCount: Int
  private var unigrams: [NGramWeights]
  // The number of an n-gram, by the number of the n-gram without its first word, and that word. The
  // numbers of unigrams are their words.
  private var numbers = PairTable()
  private var longer: [NGramWeights] = []
  private var extends: [Bool]

  init(order: Int, wordCount: Int) {
    self.order = order
    self.wordCount = wordCount
    unigrams = [NGramWeights](
      repeating: NGramWeights(logProbability: -.infinity, backOff: -0.0), count: wordCount)
    extends = [Bool](repeating: false, count: wordCount)
  }

  func unigram(_ word: UInt32) -> (weights: NGramWeights, node: NGramNode, extends: Bool) {
    (unigrams[Int(word)], NGramNode(first: UInt64(word)), extends[Int(word)])
  }

  func extend(
    _ node: inout NGramNode, by word: UInt32, to length: Int
  ) -> (weights: NGramWeights, extends: Bool)? {
    let number = numbers[UInt32(truncatingIfNeeded: node.first), word]
    guard number != 0 else { return nil }
    node.first = UInt64(number)
    return (self[number], extends[Int(number)])
  }

  /// The number of an n-gram; nil if it is not in the model.
  func number(of words: ArraySlice<UInt32>) -> UInt32? {
    guard var number = words.last else { return nil }
    for word in words.dropLast().reversed() {
      number = numbers[number, word]
      guard number != 0 else { return nil }
    }
    return number
  }

  /// Adds the n-gram that consists of `word` and the words of `number`.
  mutating func add(_ word: UInt32, before number: UInt32) -> UInt32 {
    let next = UInt32(wordCount + longer.count)
    longer.append(NGramWeights(logProbability: -.infinity, backOff: -0.0))
    extends.append(false)
    extends[Int(number)] = true
    numbers.insert(number, word, next)
    return next
  }

  /// The weights of an n-gram.
  subscript(number: UInt32) -> NGramWeights {
    get {
      Int(number) < wordCount ? unigrams[Int(number)] : longer[Int(number) - wordCount]
    }
    set {
      if Int(number) < wordCount {
        unigrams[Int(number)] = newValue
      } else {
        longer[Int(number) - wordCount] = newValue
      }
    }
  }
}
