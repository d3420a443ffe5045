/// N-grams in memory, as read from an ARPA file: one hash table of (node, earlier word) pairs.
struct HashedNGrams: NGramTable {
  let order: Int
  private(set) var wordCount: Int
  private var unigrams: [NGramWeights]
  // (node, word), and the number of the n-gram; unigrams have the numbers of their words.
  private var keys: [UInt64]
  private var numbers: [UInt32]
  private var longer: [NGramWeights] = []
  private var extends: [Bool]

  init(order: Int, wordCount: Int) {
    self.order = order
    self.wordCount = wordCount
    unigrams = [NGramWeights](
      repeating: NGramWeights(logProbability: -.infinity, backOff: -0.0), count: wordCount)
    extends = [Bool](repeating: false, count: wordCount)
    keys = [UInt64](repeating: 0, count: 16)
    numbers = [UInt32](repeating: 0, count: 16)
  }

  func unigram(_ word: UInt32) -> (weights: NGramWeights, node: NGramNode, extends: Bool) {
    (unigrams[Int(word)], NGramNode(first: UInt64(word)), extends[Int(word)])
  }

  func extend(
    _ node: inout NGramNode, by word: UInt32, to length: Int
  ) -> (weights: NGramWeights, extends: Bool)? {
    guard let number = number(after: UInt32(truncatingIfNeeded: node.first), word) else {
      return nil
    }
    node.first = UInt64(number)
    return (self[number], extends[Int(number)])
  }

  /// The n-gram's number; nil where there is none.
  func number(of words: ArraySlice<UInt32>) -> UInt32? {
    guard var number = words.last else { return nil }
    for word in words.dropLast().reversed() {
      guard let next = self.number(after: number, word) else { return nil }
      number = next
    }
    return number
  }

  /// Adds the n-gram of a number's words and one before them.
  mutating func add(_ word: UInt32, before number: UInt32) -> UInt32 {
    if 2 * (longer.count + 1) > keys.count { grow() }
    let next = UInt32(wordCount + longer.count)
    longer.append(NGramWeights(logProbability: -.infinity, backOff: -0.0))
    extends.append(false)
    extends[Int(number)] = true
    let place = place(Self.key(number, word))
    keys[place] = Self.key(number, word)
    numbers[place] = next
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

  private func number(after number: UInt32, _ word: UInt32) -> UInt32? {
    let place = place(Self.key(number, word))
    return numbers[place] == 0 ? nil : numbers[place]
  }

  private static func key(_ number: UInt32, _ word: UInt32) -> UInt64 {
    UInt64(number) << 32 | UInt64(word)
  }

  /// Where a key is, or where it would go. A number of 0 is an empty place: no longer n-gram has it.
  @inline(__always)
  private func place(_ key: UInt64) -> Int {
    let mask = keys.count - 1
    var hash = key &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 32
    var place = Int(truncatingIfNeeded: hash) & mask
    keys.withUnsafeBufferPointer { keys in
      numbers.withUnsafeBufferPointer { numbers in
        while numbers[place] != 0 && keys[place] != key { place = (place + 1) & mask }
      }
    }
    return place
  }

  private mutating func grow() {
    let (oldKeys, oldNumbers) = (keys, numbers)
    keys = [UInt64](repeating: 0, count: 2 * oldKeys.count)
    numbers = [UInt32](repeating: 0, count: 2 * oldKeys.count)
    for (key, number) in zip(oldKeys, oldNumbers) where number != 0 {
      let place = place(key)
      keys[place] = key
      numbers[place] = number
    }
  }
}
