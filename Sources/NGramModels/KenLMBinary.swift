import MappedFiles

/// A KenLM binary file: its checked header, and the offsets of its parts.
///
/// The format is version 5: a magic string, numbers that show the machine's number formats, sizes,
/// the vocabulary, the n-grams and the words (lm/binary_format.cc of KenLM).
struct KenLMBinary: Sendable {
  /// How the n-grams are stored.
  enum Kind: UInt32, Sendable {
    case probing = 0
    case trie = 2
    case quantizedTrie = 3
    // The upper bits of pointers are stored separately.
    case arrayTrie = 4
    case quantizedArrayTrie = 5
  }

  let file: MappedFile
  let kind: Kind
  /// The number of n-grams of each order.
  let counts: [Int]
  let probingMultiplier: Float
  /// The offset of the n-grams.
  let searchOffset: Int

  var path: String { file.path }
  var bytes: UnsafeRawBufferPointer { file.bytes }

  private static let magic = "mmap lm http://kheafield.com/code format version "
  private static let incompleteMagic = "mmap lm http://kheafield.com/code incomplete"

  /// Reads the header; `nil` if the file is not a KenLM binary.
  ///
  /// - Throws: ``NGramModelError`` if the model type, the version or the machine's number formats
  ///   are not supported.
  init?(_ file: MappedFile) throws(NGramModelError) {
    self.file = file
    let bytes = file.bytes
    func begins(with text: String) -> Bool {
      bytes.count >= text.utf8.count && zip(text.utf8, bytes).allSatisfy { $0 == $1 }
    }
    if begins(with: Self.incompleteMagic) {
      throw NGramModelError(file.path, "a KenLM binary that was not finished")
    }
    guard begins(with: Self.magic) else { return nil }
    let version = String(
      decoding: bytes[Self.magic.utf8.count...].prefix(while: { (0x30...0x39).contains($0) })
        .prefix(8), as: UTF8.self)
    guard version == "5" else {
      throw NGramModelError(
        file.path, "a KenLM binary of version \"\(version)\"; only version 5 is known")
    }
    let reader = ByteReader(bytes, file.path)
    // The magic string and its two zero bytes take 52 bytes, aligned to 56.
    guard try reader.float(56) == 0, try reader.float(60) == 1, try reader.float(64) == -0.5,
      try reader.uint32(68) == 1, try reader.uint32(72) == .max, try reader.uint64(80) == 1
    else {
      throw NGramModelError(file.path, "a KenLM binary of another kind of machine")
    }
    let order = Int(bytes[88])
    probingMultiplier = try reader.float(92)
    let type = try reader.uint32(96)
    let hasWords = try reader.uint32(100) & 0xFF != 0
    let searchVersion = try reader.uint32(104)
    guard (2...NGramModel.largestOrder).contains(order) else {
      throw NGramModelError(
        file.path, "order \(order) is outside 2...\(NGramModel.largestOrder)")
    }
    guard let kind = Kind(rawValue: type) else {
      throw NGramModelError(
        file.path,
        "KenLM model type \(type)\(type == 1 ? " (with rest costs)" : "") cannot be read; "
          + "build it as \"probing\" or \"trie\"")
    }
    guard searchVersion == (kind == .probing ? 0 : 1) else {
      throw NGramModelError(file.path, "KenLM model type \(type) of version \(searchVersion)")
    }
    guard hasWords else {
      throw NGramModelError(file.path, "a KenLM binary without its words")
    }
    guard probingMultiplier >= 1, probingMultiplier < 1000 else {
      throw NGramModelError(file.path, "a probing multiplier of \(probingMultiplier)")
    }
    self.kind = kind
    var counts: [Int] = []
    for index in 0..<order {
      let count = try reader.uint64(108 + 8 * index)
      // Every n-gram takes more than one bit.
      guard count <= UInt64(bytes.count) * 8 else {
        throw NGramModelError(file.path, "\(count) \(index + 1)-grams in \(bytes.count) bytes")
      }
      counts.append(Int(count))
    }
    guard counts[0] > 0 else { throw NGramModelError(file.path, "no words") }
    self.counts = counts
    let headerSize = (108 + 8 * order + 7) / 8 * 8
    let vocabularySize =
      kind == .probing
      ? 8 + 12 * Self.buckets(counts[0], probingMultiplier) : 8 + 8 * counts[0]
    searchOffset = headerSize + vocabularySize
  }

  /// The number of buckets of a hash table with this many entries.
  static func buckets(_ entries: Int, _ multiplier: Float) -> Int {
    max(entries + 1, Int(multiplier * Float(entries)))
  }

  /// The words, which are at the end of the file.
  func words() throws(NGramModelError) -> [String] {
    let start = try searchEnd()
    guard start >= 0, start < bytes.count else {
      throw NGramModelError(
        path, "\(bytes.count) bytes where \(start) should come before the words")
    }
    var words: [String] = []
    var first = start
    for index in start..<bytes.count where bytes[index] == 0 {
      guard let word = String(validating: bytes[first..<index], as: UTF8.self) else {
        throw NGramModelError(path, "word \(words.count) is not UTF-8")
      }
      words.append(word)
      first = index + 1
    }
    guard words.first == "<unk>" else {
      throw NGramModelError(path, "the words do not begin with <unk>")
    }
    guard first == bytes.count, (counts[0]...counts[0] + 1).contains(words.count) else {
      throw NGramModelError(path, "\(words.count) words where there should be \(counts[0])")
    }
    return words
  }

  private func searchEnd() throws(NGramModelError) -> Int {
    switch kind {
    case .probing: searchOffset + ProbingNGrams.size(counts, probingMultiplier)
    case .trie, .quantizedTrie, .arrayTrie, .quantizedArrayTrie: try TrieLayout(self).end
    }
  }
}

/// Reads numbers at offsets of a file, which may be too short.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private let path: String

  init(_ bytes: UnsafeRawBufferPointer, _ path: String) {
    self.bytes = bytes
    self.path = path
  }

  func byte(_ offset: Int) throws(NGramModelError) -> UInt8 { try load(offset) }

  func uint32(_ offset: Int) throws(NGramModelError) -> UInt32 {
    UInt32(littleEndian: try load(offset))
  }

  func uint64(_ offset: Int) throws(NGramModelError) -> UInt64 {
    UInt64(littleEndian: try load(offset))
  }

  func float(_ offset: Int) throws(NGramModelError) -> Float {
    Float(bitPattern: try uint32(offset))
  }

  private func load<Value: BitwiseCopyable>(_ offset: Int) throws(NGramModelError) -> Value {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<Value>.size else {
      throw NGramModelError(path, "ends after \(bytes.count) bytes, in its header")
    }
    return bytes.loadUnaligned(fromByteOffset: offset, as: Value.self)
  }
}
