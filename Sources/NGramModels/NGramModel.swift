import MappedFiles

/// An n-gram language model with back-off (Katz 1987), as made by lmplz, SRILM and IRSTLM.
///
/// ```swift
/// let model = try NGramModel(contentsOf: "english.arpa")
/// var state = model.start()
/// let (logProbability, next) = model.score(model.index(of: "the") ?? model.unknownIndex, after: state)
/// ```
///
/// Scores are natural logarithms, exact for the numbers in the file (base 10, 32 bits). A state
/// contains only the part of the history that can affect later scores, so histories with the same
/// future have equal states. A model may be used from several threads.
public struct NGramModel: Sendable {
  /// The largest supported order. A state holds its words in fixed-size storage.
  public static let largestOrder = 9

  /// The history that scores depend on: the last words, the latest first, and their back-offs.
  public struct State: Hashable, Sendable {
    var words = SIMD8<UInt32>(repeating: .max)
    var backOffs = SIMD8<Float>(repeating: 0)
    var count: UInt8 = 0

    /// Compares the words, which determine everything else.
    public static func == (left: State, right: State) -> Bool { left.words == right.words }
    /// Hashes the words.
    public func hash(into hasher: inout Hasher) { hasher.combine(words) }
  }

  private enum Table: Sendable {
    case hashed(HashedNGrams)
    case probing(ProbingNGrams)
    case trie(TrieNGrams)
  }

  private let table: Table
  /// The words; ``score(_:after:)`` takes their indices. Word 0 is `<unk>`.
  public let words: [String]
  private let indices: [ExactText: Int]
  /// The number of words of the longest n-grams.
  public let order: Int
  /// The index for all words that the model does not know.
  public let unknownIndex = 0
  private let beginning, end: Int

  /// Reads a model from an ARPA file (UTF-8, as text or gzip) or a KenLM binary (probing or trie,
  /// also with quantized weights or compressed pointers). The format is detected from the content.
  ///
  /// A model without `<unk>` gives unknown words the log-probability -100 (base 10), as KenLM does.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - loading: With `FileLoading.mapped`, a KenLM binary must not be shortened or rewritten in
  ///     place while the model exists, because the operating system would end the process (SIGBUS).
  ///     Replacing the file by renaming is safe. With `FileLoading.copied`, it is read into memory
  ///     first. ARPA files are always read into memory.
  /// - Throws: ``NGramModelError`` if the file cannot be read, has another format or an unsupported
  ///   version, or is damaged.
  public init(
    contentsOf path: String, loading: FileLoading = .mapped
  ) throws(NGramModelError) {
    let file: MappedFile
    do throws(FileError) {
      file = try MappedFile(path, loading)
    } catch {
      throw NGramModelError(path, error.problem)
    }
    try self.init(file)
  }

  /// Reads a model in any of these formats from a copy of a file's bytes, which another process
  /// cannot change. `path` names the file in errors.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - path: The name of the file in errors.
  /// - Throws: ``NGramModelError`` like ``init(contentsOf:loading:)``.
  public init(
    bytes: some Collection<UInt8>, path: String = ""
  ) throws(NGramModelError) {
    try self.init(MappedFile(copying: bytes, path: path))
  }

  private init(_ file: MappedFile) throws(NGramModelError) {
    let path = file.path
    if let binary = try KenLMBinary(file) {
      try self.init(binary)
    } else if GzipReader.isCompressed(file.bytes) {
      let bytes = try GzipReader.decompress(file.bytes, path: path)
      try self.init(arpa: bytes, path: path)
    } else {
      try OtherCompression.check(file.bytes, path: path)
      var reader = ARPAReader(file.bytes, path: path)
      let (table, words) = try reader.read()
      try self.init(.hashed(table), words: words, path: path)
    }
  }

  /// Reads a model in the ARPA format from memory.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - path: The name of the file in errors.
  /// - Throws: ``NGramModelError`` that names the faulty line.
  public init(arpa bytes: [UInt8], path: String = "") throws(NGramModelError) {
    let (table, words) = try Self.read(bytes, path)
    try self.init(.hashed(table), words: words, path: path)
  }

  private static func read(
    _ bytes: [UInt8], _ path: String
  ) throws(NGramModelError) -> (table: HashedNGrams, words: [String]) {
    // `withUnsafeBytes` does not declare the type of the errors that it rethrows.
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(NGramModelError) in
        var reader = ARPAReader(bytes, path: path)
        return try reader.read()
      }
    }
    return try result.get()
  }

  private init(_ binary: KenLMBinary) throws(NGramModelError) {
    let words = try binary.words()
    switch binary.kind {
    case .probing:
      try self.init(.probing(ProbingNGrams(binary)), words: words, path: binary.path)
    case .trie, .quantizedTrie, .arrayTrie, .quantizedArrayTrie:
      try self.init(.trie(TrieNGrams(binary)), words: words, path: binary.path)
    }
  }

  private init(_ table: Table, words: [String], path: String) throws(NGramModelError) {
    self.table = table
    self.words = words
    indices = Dictionary(
      words.enumerated().map { (ExactText($1), $0) }, uniquingKeysWith: { first, _ in first })
    order =
      switch table {
      case .hashed(let table): table.order
      case .probing(let table): table.order
      case .trie(let table): table.order
      }
    beginning = indices[ExactText("<s>")] ?? 0
    end = indices[ExactText("</s>")] ?? 0
  }

  /// The index of a word, compared by bytes; nil if the model does not know the word.
  public func index(of word: String) -> Int? {
    guard let index = indices[ExactText(word)], index != unknownIndex else { return nil }
    return index
  }

  /// The state without a history.
  public var emptyState: State { State() }

  /// The state at the beginning of a sentence, after `<s>`.
  public func start() -> State { score(beginning, after: State()).state }

  /// The natural logarithm of a word's probability after `state`, and the state after the word.
  ///
  /// An index that is not in the model counts as ``unknownIndex``. O(order).
  ///
  /// - Parameters:
  ///   - word: The index of the word.
  ///   - state: The words before it.
  public func score(
    _ word: Int, after state: State
  ) -> (logProbability: Double, state: State) {
    let word = words.indices.contains(word) ? UInt32(word) : 0
    return switch table {
    case .hashed(let table): Self.score(table, word, state)
    case .probing(let table): Self.score(table, word, state)
    case .trie(let table): Self.score(table, word, state)
    }
  }

  /// The natural logarithm of the probability that a sentence ends after `state`.
  public func finish(_ state: State) -> Double { score(end, after: state).logProbability }

  /// The natural logarithm of a sentence's probability.
  ///
  /// - Parameters:
  ///   - sentence: The words, without `<s>` and `</s>`. Words that the model does not know count as
  ///     `<unk>`.
  ///   - beginsSentence: Whether the words follow `<s>`.
  ///   - endsSentence: Whether `</s>` follows the words.
  public func score(
    sentence: some Sequence<String>, beginsSentence: Bool = true, endsSentence: Bool = true
  ) -> Double {
    var state = beginsSentence ? start() : State()
    var sum = 0.0
    for word in sentence {
      let (logProbability, next) = score(index(of: word) ?? unknownIndex, after: state)
      sum += logProbability
      state = next
    }
    return endsSentence ? sum + finish(state) : sum
  }

  /// Finds the longest n-gram that ends with the word, and the back-offs of the longer contexts.
  @inline(__always)
  private static func score<Table: NGramTable>(
    _ table: Table, _ word: UInt32, _ state: State
  ) -> (logProbability: Double, state: State) {
    var (weights, node, extends) = table.unigram(word)
    var next = State()
    var length = 1
    var kept = weights.isContext ? 1 : 0
    next.backOffs[0] = weights.backOff
    let longest = min(table.order, Int(state.count) + 1)
    while length < longest && extends {
      guard
        let longer = table.extend(&node, by: state.words[length - 1], to: length + 1)
      else { break }
      (weights, extends) = longer
      length += 1
      if length < table.order {
        next.backOffs[length - 1] = weights.backOff
        if weights.isContext { kept = length }
      }
    }
    var sum = Double(weights.logProbability)
    for index in length - 1..<max(length - 1, Int(state.count)) {
      sum += Double(state.backOffs[index])
    }
    next.count = UInt8(kept)
    if kept > 0 { next.words[0] = word }
    for index in 1..<max(1, kept) { next.words[index] = state.words[index - 1] }
    return (sum * 2.302585092994046, next)
  }
}
