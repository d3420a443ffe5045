import MappedFiles

/// The n-grams of a KenLM binary with hash tables: one table per length, keyed by a chain of the
/// words' hashes.
struct ProbingNGrams: NGramTable {
  let order: Int
  private let file: MappedFile
  private let unigrams: Int
  // The offset and the number of buckets of each table, for lengths from 2 on.
  private let tables: [(offset: Int, buckets: Int)]

  init(_ binary: KenLMBinary) {
    order = binary.counts.count
    file = binary.file
    unigrams = binary.searchOffset
    var offset = unigrams + 8 * (binary.counts[0] + 1)
    var tables: [(offset: Int, buckets: Int)] = []
    for (index, count) in binary.counts.enumerated().dropFirst() {
      let buckets = KenLMBinary.buckets(count, binary.probingMultiplier)
      tables.append((offset, buckets))
      offset += buckets * (index == order - 1 ? 12 : 16)
    }
    self.tables = tables
  }

  static func size(_ counts: [Int], _ multiplier: Float) -> Int {
    counts.enumerated().dropFirst().reduce(8 * (counts[0] + 1)) {
      $0 + KenLMBinary.buckets($1.element, multiplier) * ($1.offset == counts.count - 1 ? 12 : 16)
    }
  }

  func unigram(_ word: UInt32) -> (weights: NGramWeights, node: NGramNode, extends: Bool) {
    let (weights, extends) = weights(at: unigrams + 8 * Int(word))
    return (weights, NGramNode(first: UInt64(word)), extends)
  }

  func extend(
    _ node: inout NGramNode, by word: UInt32, to length: Int
  ) -> (weights: NGramWeights, extends: Bool)? {
    node.first =
      node.first &* 8_978_948_897_894_561_157
      ^ (1 &+ UInt64(word)) &* 17_894_857_484_156_487_943
    let (offset, buckets) = tables[length - 2]
    let size = length == order ? 12 : 16
    var bucket = Int(node.first % UInt64(buckets))
    // A damaged table may have no empty bucket.
    for _ in 0..<buckets {
      let entry = offset + bucket * size
      let key = file.bytes.loadUnaligned(fromByteOffset: entry, as: UInt64.self)
      if key == node.first {
        guard length < order else {
          let bits = file.bytes.loadUnaligned(fromByteOffset: entry + 8, as: UInt32.self)
          return (
            NGramWeights(
              logProbability: Float(bitPattern: bits | 0x8000_0000), backOff: -0.0), false
          )
        }
        return weights(at: entry + 8)
      }
      if key == 0 { return nil }
      bucket = bucket + 1 == buckets ? 0 : bucket + 1
    }
    return nil
  }

  /// Two numbers. The sign of the first tells that no longer n-gram ends with this one.
  private func weights(at offset: Int) -> (weights: NGramWeights, extends: Bool) {
    let bits = file.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    let backOff = file.bytes.loadUnaligned(fromByteOffset: offset + 4, as: Float.self)
    return (
      NGramWeights(logProbability: Float(bitPattern: bits | 0x8000_0000), backOff: backOff),
      bits & 0x8000_0000 == 0
    )
  }
}
