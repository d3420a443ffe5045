import MappedFiles

/// The n-grams of a KenLM binary with a trie: for each length, an array of bit fields, sorted by
/// word within the range that the next shorter n-gram points to.
struct TrieNGrams: NGramTable {
  let order: Int
  private let file: MappedFile
  private let layout: TrieLayout

  init(_ binary: KenLMBinary) throws(NGramModelError) {
    order = binary.counts.count
    file = binary.file
    layout = try TrieLayout(binary)
  }

  func unigram(_ word: UInt32) -> (weights: NGramWeights, node: NGramNode, extends: Bool) {
    let offset = layout.unigrams + 16 * Int(word)
    let bytes = file.bytes
    let weights = NGramWeights(
      logProbability: bytes.loadUnaligned(fromByteOffset: offset, as: Float.self),
      backOff: bytes.loadUnaligned(fromByteOffset: offset + 4, as: Float.self))
    let node = NGramNode(
      first: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self),
      end: bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
    return (weights, node, node.first < node.end)
  }

  func extend(
    _ node: inout NGramNode, by word: UInt32, to length: Int
  ) -> (weights: NGramWeights, extends: Bool)? {
    let level = layout.levels[length - 2]
    var low = Int(min(node.first, UInt64(level.entries)))
    var high = Int(min(node.end, UInt64(level.entries)))
    while low < high {
      let middle = (low + high) / 2
      let found = read(level, middle * level.totalBits, level.wordBits)
      if found == UInt64(word) {
        return entry(level, middle, isLongest: length == order, &node)
      }
      if found < UInt64(word) { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  private func entry(
    _ level: TrieLayout.Level, _ index: Int, isLongest: Bool, _ node: inout NGramNode
  ) -> (weights: NGramWeights, extends: Bool) {
    let start = index * level.totalBits + level.wordBits
    var weights = NGramWeights(logProbability: 0, backOff: -0.0)
    if let bits = layout.quantization {
      // The back-off comes first.
      var probabilityStart = start
      if !isLongest {
        let code = Int(read(level, start, bits.backOff))
        weights.backOff = file.bytes.loadUnaligned(
          fromByteOffset: level.backOffs + 4 * code, as: Float.self)
        probabilityStart += bits.backOff
      }
      let code = Int(read(level, probabilityStart, bits.probability))
      weights.logProbability = file.bytes.loadUnaligned(
        fromByteOffset: level.probabilities + 4 * code, as: Float.self)
    } else {
      weights.logProbability = Float(
        bitPattern: UInt32(truncatingIfNeeded: read(level, start, 31)) | 0x8000_0000)
      if !isLongest {
        weights.backOff = Float(
          bitPattern: UInt32(truncatingIfNeeded: read(level, start + 31, 32)))
      }
    }
    guard !isLongest else { return (weights, false) }
    let next = start + level.weightBits
    node.first = read(level, next, level.nextBits)
    node.end = read(level, next + level.totalBits, level.nextBits)
    if let upper = level.upperBits {
      node.first |= upperBits(upper, of: index) << UInt64(level.nextBits)
      node.end |= upperBits(upper, of: index + 1) << UInt64(level.nextBits)
    }
    return (weights, node.first < node.end)
  }

  /// The last position in a sorted array whose value is not above an entry's index.
  private func upperBits(_ array: TrieLayout.UpperBits, of index: Int) -> UInt64 {
    var low = 0
    var high = array.count
    while low < high {
      let middle = (low + high) / 2
      let first = file.bytes.loadUnaligned(
        fromByteOffset: array.offset + 8 * middle, as: UInt64.self)
      if UInt64(littleEndian: first) <= UInt64(index) { low = middle + 1 } else { high = middle }
    }
    return UInt64(max(0, low - 1))
  }

  /// Reads up to 57 bits at a position of an array.
  private func read(_ level: TrieLayout.Level, _ bit: Int, _ count: Int) -> UInt64 {
    let word = file.bytes.loadUnaligned(
      fromByteOffset: level.offset + bit >> 3, as: UInt64.self)
    return UInt64(littleEndian: word) >> UInt64(bit & 7) & (1 << UInt64(count) - 1)
  }
}
