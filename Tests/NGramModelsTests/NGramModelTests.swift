import Foundation
import NGramModels
import TestSupport
import Testing

struct NGramModelTests {
  static let kinds = [
    "arpa", "arpa.gz", "probing", "trie", "quantized", "array", "quantized-array",
  ]

  static func path(_ name: String) throws -> String {
    try #require(
      Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures")
    ).path
  }

  /// Columns: 1, the score of the model; 2, of the quantized model; 3, without beginning and end.
  struct Expected {
    let words: [String]
    let scores: [Double]
  }

  static func expected() throws -> [Expected] {
    try String(contentsOfFile: path("scores.tsv"), encoding: .utf8).split(separator: "\n").map {
      let fields = $0.split(separator: "\t")
      return Expected(
        words: fields[0].split(separator: " ").map(String.init),
        scores: fields[1...].compactMap { Double($0) })
    }
  }

  /// Models of lmplz and build_binary, compared with the scores of the kenlm package.
  @Test(arguments: Self.kinds)
  func equalsKenLM(kind: String) throws {
    let model = try NGramModel(contentsOf: Self.path("small.\(kind)"))
    #expect(model.order == 4)
    let all = try Self.expected()
    #expect(all.count == 2500)
    for expected in all {
      let score = model.score(sentence: expected.words) / log(10)
      // KenLM adds 32-bit numbers, so its relative error is about 1e-7.
      let truth = expected.scores[kind.hasPrefix("quantized") ? 1 : 0]
      #expect(abs(score - truth) < 1e-6 * max(1, abs(truth)), "\(expected.words)")
      if !kind.hasPrefix("quantized") {
        let middle = model.score(
          sentence: expected.words, beginsSentence: false, endsSentence: false)
        #expect(
          abs(middle / log(10) - expected.scores[2]) < 1e-6 * max(1, abs(expected.scores[2])))
      }
    }
  }

  /// Models from memory equal models from files, in every format.
  @Test(arguments: Self.kinds)
  func bytesAreReadAsFilesAre(kind: String) throws {
    let path = try Self.path("small.\(kind)")
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    let (inMemory, inFile) = (try NGramModel(bytes: bytes), try NGramModel(contentsOf: path))
    #expect(inMemory.words == inFile.words)
    for expected in try Self.expected().prefix(50) {
      #expect(inMemory.score(sentence: expected.words) == inFile.score(sentence: expected.words))
    }
    #expect {
      try NGramModel(bytes: bytes.prefix(bytes.count / 2), path: "m")
    } throws: {
      ($0 as? NGramModelError)?.path == "m"
    }
  }

  /// Histories with the same future have equal states, in every format.
  @Test func statesHoldWhatMatters() throws {
    let kinds = ["arpa", "probing", "trie"]
    let models = try kinds.map { try NGramModel(contentsOf: Self.path("small.\($0)")) }
    func state(_ model: NGramModel, _ text: String) -> NGramModel.State {
      text.split(separator: " ").reduce(model.emptyState) {
        model.score(model.index(of: String($1)) ?? model.unknownIndex, after: $0).state
      }
    }
    for model in models {
      #expect(state(model, "we the people xyzzy") == model.emptyState)
      #expect(state(model, "senate of the united") == state(model, "people of the united"))
      #expect(state(model, "of the united") != state(model, "the united"))
    }
  }

  static let srilm = """
    made by hand, as SRILM and IRSTLM lay files out

    \\data\\
    ngram 1 = 5
    ngram 2=3
    ngram 3=1

    \\1-grams:
    -1.2 </s>
    -99 <s> -0.3
    -0.5 a\t-0.25
    -.7\tb
    -2e0 c 0

    \\2-grams:
    -0.2 <s> a -0.1
    -0.4 b c -0.5
    -0.3 c a

    \\3-grams:
    -0.05 a b c

    \\end\\

    """

  @Test(arguments: ["\n", "\r\n"])
  func otherDialects(end: String) throws {
    let text = Self.srilm.replacingOccurrences(of: "\n", with: end)
    let model = try NGramModel(arpa: Array(text.utf8))
    func score(_ text: String, begins: Bool = false) -> Double {
      model.score(
        sentence: text.split(separator: " ").map(String.init), beginsSentence: begins,
        endsSentence: false) / log(10)
    }
    // 'a b' is not a bigram of the file, but a part of its trigram.
    #expect(abs(score("a b") - (-0.5 - 0.25 - 0.7)) < 1e-6)
    #expect(abs(score("a b c") - (-0.5 - 0.25 - 0.7 - 0.05)) < 1e-6)
    #expect(abs(score("a b a") - (-0.5 - 0.25 - 0.7 - 0.5)) < 1e-6)
    #expect(abs(score("a", begins: true) - -0.2) < 1e-6)
    #expect(abs(score("b", begins: true) - (-0.3 - 0.7)) < 1e-6)
    // Without <unk> the score is -100, as in KenLM.
    #expect(abs(score("zebra") - -100) < 1e-4)
    #expect(model.index(of: "zebra") == nil)
    #expect(model.words.sorted() == ["</s>", "<s>", "<unk>", "a", "b", "c"])
  }

  /// A letter with an accent as one scalar and as two: two words, although they are equal as
  /// `String`s.
  @Test func wordsAreToldApartByTheirBytes() throws {
    let (one, two) = ("\u{E9}t\u{E9}", "e\u{301}te\u{301}")
    let text =
      "\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-1\t\(one)\n-2\t\(two)\n-1\t</s>\n-1\t<s>\n\n"
      + "\\2-grams:\n-0.5\t\(one) \(two)\n\n\\end\\\n"
    let model = try NGramModel(arpa: Array(text.utf8))
    #expect(model.index(of: one) == 1 && model.index(of: two) == 2)
    for (words, expected) in [([one], -1), ([two], -2), ([one, two], -1.5), ([two, one], -3)] {
      let score = model.score(sentence: words, beginsSentence: false, endsSentence: false)
      #expect(abs(score / log(10) - expected) < 1e-6)
    }
  }

  @Test(arguments: [
    ("ngram 2=3", "ngram 2=4", "8"), ("ngram 2=3", "ngram 3=3", "header"),
    ("-0.4 b c", "-0.4 b d", "\"d\""), ("-0.4 b c", "0.4 b c", "0.4"),
    ("-0.4 b c", "x b c", "\"x\""), ("-0.4 b c", "nan b c", "\"nan\""),
    ("-0.4 b c", "-0.4 b c a d -1", "fields"), ("-.7\tb", "-.7\ta", "occurs twice"),
    ("-0.3 c a", "-0.4 b c", "occurs twice"), ("\\end\\", "", "end"),
    ("\\2-grams:", "\\3-grams:", "2-grams"), ("\\data\\", "data", "no \\data\\"),
    ("ngram 1 = 5", "ngram 1 = 99999999999999", "99999999999999"),
  ])
  func brokenFilesNameTheLine(part: String, other: String, problem: String) throws {
    let text = Self.srilm.replacingOccurrences(of: part, with: other)
    #expect(text != Self.srilm)
    do {
      _ = try NGramModel(arpa: Array(text.utf8), path: "m.arpa")
      Issue.record("\(other) was read")
    } catch {
      #expect(error.path == "m.arpa")
      #expect(error.line != nil)
      #expect(!error.problem.isEmpty)
    }
  }

  @Test func otherFilesAreRefused() throws {
    for (name, problem) in [("scores.tsv", "no \\data\\")] {
      do {
        _ = try NGramModel(contentsOf: Self.path(name))
        Issue.record("\(name) was read")
      } catch {
        #expect("\(error)".contains(problem), "\(error)")
      }
    }
    #expect(throws: NGramModelError.self) { try NGramModel(contentsOf: "/nowhere/at.all") }
  }

  /// Truncated anywhere, and with any byte changed: an error, or scores that are not NaN.
  @Test(arguments: Self.kinds)
  func damagedFiles(kind: String) throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: Self.path("small.\(kind)")))
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "ngrams-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("model")
    let words = ["we", "the", "people", "of", "the", "united", "states", "xyzzy"]
    var generator = SeededGenerator(seed: 11)
    func read(_ data: Data) throws -> Bool {
      try data.write(to: file)
      guard let model = try? NGramModel(contentsOf: file.path) else { return false }
      _ = model.score(sentence: words)
      return true
    }
    #expect(try read(whole))
    let step = max(1, whole.count / 150)
    // The last bytes of a text may be blank lines.
    for end in stride(from: 0, to: whole.count - 8, by: step) {
      #expect(try !read(whole.prefix(end)), "cut to \(end) of \(whole.count) bytes")
    }
    for _ in 0..<150 {
      var data = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        data[Int.random(in: 0..<data.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      _ = try read(data)
    }
  }
}
