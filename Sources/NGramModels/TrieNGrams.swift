import TensorFiles

/// N-grams in a KenLM binary with a trie: for each length an array of bit fields, sorted by word within the
/// range that the next shorter n-gram gives.
struct TrieNGrams: NGramTable {
  /// How an array is packed, in bits: the word, then the weights, then where the longer n-grams begin.
  private struct Level {
    var offset: Int
    var entries: Int
    var wordBits: Int
    var weightBits: Int
    var nextBits: Int
    /// Where the tables of probabilities and back-offs are, if the weights are quantised.
    var probabilities = 0
    var backOffs = 0
    var totalBits: Int { wordBits + weightBits + nextBits }
  }

  let order: Int
  let wordCount: Int
  private let file: MappedFile
  private let bits: (probability: Int, backOff: Int)?
  private let unigrams: Int
  private let levels: [Level]

  init(_ binary: KenLMBinary) throws(NGramModelError) {
    let counts = binary.counts
    order = counts.count
    wordCount = counts[0]
    file = binary.file
    bits =
      binary.kind == .quantizedTrie
      ? Self.quantizationBits(binary.bytes, at: binary.searchOffset) : nil
    if let bits {
      guard binary.bytes[binary.searchOffset] == 2 else {
        throw NGramModelError(
          binary.path, "quantisation of version \(binary.bytes[binary.searchOffset])")
      }
      guard (1...25).contains(bits.probability), (1...25).contains(bits.backOff) else {
        throw NGramModelError(
          binary.path, "weights of \(bits.probability) and \(bits.backOff) bits")
      }
    }
    var table = binary.searchOffset + 8
    unigrams = binary.searchOffset + Self.tableSize(order, bits)
    var offset = unigrams + 16 * (counts[0] + 2)
    var levels: [Level] = []
    for length in 2...order {
      var level = Self.level(length, counts, bits)
      level.offset = offset
      offset += Self.size(level)
      if let bits {
        level.probabilities = table
        table += 4 << bits.probability
        if length < order {
          level.backOffs = table
          table += 4 << bits.backOff
        }
      }
      levels.append(level)
    }
    self.levels = levels
  }

  /// The bits of a quantised probability and back-off.
  static func quantizationBits(
    _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) -> (probability: Int, backOff: Int)? {
    guard offset >= 0, offset <= bytes.count - 3 else { return nil }
    return (min(Int(bytes[offset + 1]), 25), min(Int(bytes[offset + 2]), 25))
  }

  /// The bytes of all n-grams.
  static func size(_ counts: [Int], bits: (probability: Int, backOff: Int)?) -> Int {
    var size = tableSize(counts.count, bits) + 16 * (counts[0] + 2)
    for length in 2...counts.count { size += Self.size(level(length, counts, bits)) }
    return size
  }

  private static func tableSize(
    _ order: Int, _ bits: (probability: Int, backOff: Int)?
  ) -> Int {
    guard let bits else { return 0 }
    return 8 + 4 * ((order - 1) << bits.probability) + 4 * ((order - 2) << bits.backOff)
  }

  private static func size(_ level: Level) -> Int {
    ((1 + level.entries) * level.totalBits + 7) / 8 + 8
  }

  private static func level(
    _ length: Int, _ counts: [Int], _ bits: (probability: Int, backOff: Int)?
  ) -> Level {
    let isLongest = length == counts.count
    let weightBits =
      if let bits {
        isLongest ? bits.probability : bits.probability + bits.backOff
      } else {
        isLongest ? 31 : 63
      }
    return Level(
      offset: 0, entries: counts[length - 1], wordBits: bitWidth(counts[0]),
      weightBits: weightBits, nextBits: isLongest ? 0 : bitWidth(counts[length]))
  }

  private static func bitWidth(_ number: Int) -> Int {
    Int.bitWidth - number.leadingZeroBitCount
  }

  func unigram(_ word: UInt32) -> (weights: NGramWeights, node: NGramNode, extends: Bool) {
    let offset = unigrams + 16 * Int(word)
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
    let level = levels[length - 2]
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
    _ level: Level, _ index: Int, isLongest: Bool, _ node: inout NGramNode
  ) -> (weights: NGramWeights, extends: Bool) {
    let start = index * level.totalBits + level.wordBits
    var weights = NGramWeights(logProbability: 0, backOff: -0.0)
    if let bits {
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
    return (weights, node.first < node.end)
  }

  /// Up to 57 bits from a place in an array.
  private func read(_ level: Level, _ bit: Int, _ count: Int) -> UInt64 {
    let word = file.bytes.loadUnaligned(
      fromByteOffset: level.offset + bit >> 3, as: UInt64.self)
    return UInt64(littleEndian: word) >> UInt64(bit & 7) & (1 << UInt64(count) - 1)
  }
}
