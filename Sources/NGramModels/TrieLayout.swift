/// The offsets of the parts of a trie in a KenLM binary (lm/search_trie.hh, lm/trie.cc,
/// lm/bhiksha.cc of KenLM).
struct TrieLayout: Sendable {
  /// The packed array of the n-grams of one length: the numbers of bits of the word, of the
  /// weights, and of the pointer to the longer n-grams.
  struct Level {
    var offset = 0
    var entries: Int
    var wordBits: Int
    var weightBits: Int
    var nextBits: Int
    /// The offsets of the tables of probabilities and back-offs, if the weights are quantized.
    var probabilities = 0
    var backOffs = 0
    /// The upper bits of the pointers, if they are stored separately.
    var upperBits: UpperBits?
    var totalBits: Int { wordBits + weightBits + nextBits }
    var byteCount: Int { ((1 + entries) * totalBits + 7) / 8 + 8 }
  }

  /// A sorted array of 64-bit numbers: number i is the first entry whose upper bits are at least i
  /// (Raj and Whittaker 2003; "array pointer compression" in KenLM).
  struct UpperBits {
    var offset: Int
    var count: Int
  }

  /// The numbers of bits of quantized weights; `nil` if weights are not quantized.
  let quantization: (probability: Int, backOff: Int)?
  let unigrams: Int
  /// The layouts for n-grams of two words and more.
  let levels: [Level]
  /// The offset of the words.
  let end: Int

  /// - Throws: ``NGramModelError`` if the version is not supported or the sizes are impossible.
  init(_ binary: KenLMBinary) throws(NGramModelError) {
    let (counts, start) = (binary.counts, binary.searchOffset)
    let reader = ByteReader(binary.bytes, binary.path)
    var tableSize = 0
    if binary.kind == .quantizedTrie || binary.kind == .quantizedArrayTrie {
      let (version, probability, backOff) = (
        try reader.byte(start), Int(try reader.byte(start + 1)), Int(try reader.byte(start + 2))
      )
      guard version == 2 else {
        throw NGramModelError(binary.path, "quantisation of version \(version)")
      }
      guard (1...25).contains(probability), (1...25).contains(backOff) else {
        throw NGramModelError(binary.path, "weights of \(probability) and \(backOff) bits")
      }
      quantization = (probability, backOff)
      tableSize =
        8 + 4 * ((counts.count - 1) << probability) + 4 * ((counts.count - 2) << backOff)
    } else {
      quantization = nil
    }
    unigrams = start + tableSize
    var table = start + 8
    var offset = unigrams + 16 * (counts[0] + 2)
    var mostUpperBits: Int?
    if (binary.kind == .arrayTrie || binary.kind == .quantizedArrayTrie) && counts.count > 2 {
      let version = try reader.byte(offset)
      guard version == 0 else {
        throw NGramModelError(binary.path, "compressed pointers of version \(version)")
      }
      mostUpperBits = Int(try reader.byte(offset + 1))
    }
    var levels: [Level] = []
    for length in 2...counts.count {
      var level = Self.level(length, counts, quantization)
      if let mostUpperBits, length < counts.count {
        let upper = Self.upperBits(
          entries: counts[length - 1] + 1, largest: counts[length], most: mostUpperBits)
        let count = counts[length] >> (level.nextBits - upper) + 1
        level.nextBits -= upper
        level.upperBits = UpperBits(offset: (offset + 7) / 8 * 8 + 8, count: count)
        offset += 8 * (1 + count) + 7
        guard offset <= binary.bytes.count else {
          throw NGramModelError(binary.path, "ends within its \(length)-grams")
        }
      }
      level.offset = offset
      offset += level.byteCount
      if let quantization {
        level.probabilities = table
        table += 4 << quantization.probability
        if length < counts.count {
          level.backOffs = table
          table += 4 << quantization.backOff
        }
      }
      levels.append(level)
    }
    self.levels = levels
    end = offset
  }

  private static func level(
    _ length: Int, _ counts: [Int], _ quantization: (probability: Int, backOff: Int)?
  ) -> Level {
    let isLongest = length == counts.count
    let weightBits =
      if let quantization {
        isLongest ? quantization.probability : quantization.probability + quantization.backOff
      } else {
        isLongest ? 31 : 63
      }
    return Level(
      entries: counts[length - 1], wordBits: bitWidth(counts[0]), weightBits: weightBits,
      nextBits: isLongest ? 0 : bitWidth(counts[length]))
  }

  private static func bitWidth(_ number: Int) -> Int {
    Int.bitWidth - number.leadingZeroBitCount
  }

  /// The number of upper bits whose separate storage saves the most memory.
  private static func upperBits(entries: Int, largest: Int, most: Int) -> Int {
    let width = bitWidth(largest)
    var best = (bits: 0, cost: Int.max)
    for bits in 0...min(width, most) {
      let cost = (largest >> (width - bits)) * 64 - entries * bits
      if cost < best.cost { best = (bits, cost) }
    }
    return best.bits
  }
}
