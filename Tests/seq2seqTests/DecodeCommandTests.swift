import Foundation
import TensorFiles
import Testing

extension CommandLineTests {
  private struct Line: Decodable {
    struct Entry: Decodable {
      struct Word: Decodable {
        let text: String
        let start: Int
        let end: Int
      }
      let tokens: [Int]
      let score: Double
      let languageScore: Double
      let words: [Word]
    }
    let id: String
    let text: String?
    let hypotheses: [Entry]?
    let error: String?
  }

  private func lines(_ output: String) throws -> [Line] {
    try output.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  /// Two utterances: "ab a", and one whose second frame is NaN.
  private func writePosteriors() throws {
    let path = [0, 2, 3, 3, 1, 2, 0]
    var values = path.flatMap { best in
      (0..<4).map { Float(log($0 == best ? 0.7 : 0.1)) }
    }
    values += values
    values[28 + 5] = .nan
    try NPYWriter.write(values, shape: [2, 7, 4], to: self.path("p.npy"))
    try write("_\n \na\nb\n", to: "labels.txt")
    try write("[\"_\", \" \", \"a\", \"b\"]", to: "labels.json")
  }

  /// What a spotter or a decoder cannot use is left out on request, not less and not more.
  @Test func unspellablePhrases() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try NPYWriter.write(
      [1, 2, 3].flatMap { best in (0..<4).map { Float($0 == best ? -0.1 : -5) } }, shape: [3, 4],
      to: path("q.npy"))
    try write("_\nab\ncd\ne\n", to: "pieces.txt")
    try write("bc\nab cd\n\u{2026}\n", to: "phrases.txt")
    let arguments = ["q.npy", "phrases.txt", "--labels", "pieces.txt", "--word-separator", ""]
    #expect(try run(["spot"] + arguments).code == 1)
    let spotted = try run(["spot"] + arguments + ["--skip-unspellable"])
    #expect(spotted.code == 0)
    #expect(
      spotted.errors == """
        warning: "bc" is left out: no tokens spell "bc"
        warning: "\u{2026}" is left out: no token has any of it

        """)
    #expect(spotted.output.contains("\"phrase\":\"ab cd\""))
    let decoded = try run(
      "decode", "q.npy", "--labels", "pieces.txt", "--word-separator", "", "--hotwords",
      "phrases.txt", "--skip-unspellable")
    #expect(decoded.code == 0)
    #expect(
      decoded.errors == """
        warning: "\u{2026}" is left out: no token has any of it
        warning: "ab cd" is left out: no token has " "

        """)
    #expect(decoded.output.contains("\"text\":\"abcde\""))
  }

  @Test func decode() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writePosteriors()
    try write("ab\naab\n", to: "words.txt")
    try write("ab\t0.5\n", to: "hot.txt")
    for arguments in [
      ["--labels", "labels.txt"], ["--labels", "labels.json", "--greedy"],
      [
        "--labels", "labels.txt", "--hotwords", "hot.txt", "--nbest", "3", "--threads", "1",
        "--hotword-boost", "-1",
      ],
    ] {
      let outcome = try run(["decode", "p.npy"] + arguments)
      #expect(outcome.code == 1)
      #expect(outcome.errors == "error: 1 of 2 utterances failed\n")
      let lines = try lines(outcome.output)
      #expect(lines.map(\.id) == ["0", "1"])
      #expect(lines[0].text == "ab a" && lines[0].error == nil)
      let best = try #require(lines[0].hypotheses?.first)
      #expect(best.tokens == [2, 3, 1, 2])
      #expect(best.words.map(\.text) == ["ab", "a"])
      #expect(best.words.map(\.start) == [1, 5] && best.words.map(\.end) == [4, 6])
      #expect(lines[1].text == nil)
      #expect(lines[1].error?.contains("POSTERIORS, frame 1: nan for token 1") == true)
    }
    let constrained = try run(
      "decode", "p.npy", "--labels", "labels.txt", "--lexicon", "words.txt", "--lengths", "l.npy")
    #expect(constrained.code == 1 && constrained.errors.contains("l.npy"))
    try NPYWriter.write([7, 1] as [Int32], shape: [2], to: path("l.npy"))
    let outcome = try run(
      "decode", "p.npy", "--labels", "labels.txt", "--lexicon", "words.txt", "--lengths", "l.npy",
      "--no-spans")
    #expect(outcome.code == 0 && outcome.errors.isEmpty)
    let words = try lines(outcome.output)[0].text?.split(separator: " ") ?? []
    #expect(!words.isEmpty && words.allSatisfy { ["ab", "aab"].contains($0) })
    try write(
      #"{"vocab": ["_", " ", "a", "b"], "items": [{"id": "x", "offset": 1, "frames": 3}]}"#,
      to: "m.json")
    let whole = try run("decode", "p.npy", "--manifest", "m.json")
    #expect(whole.code == 1 && whole.errors.contains("item 'x'"))
    for (arguments, problem) in [
      (["--labels", "none.txt"], "none.txt"), (["--beam-width", "0"], "error: --beam-width: 0"),
      (["--language-model", "p.npy"], "p.npy"),
      (["--labels", "words.txt"], "2 in a file of format list for 4 outputs"),
    ] {
      let outcome = try run(["decode", "p.npy"] + arguments)
      #expect(outcome.code == 1 && outcome.output.isEmpty, "\(outcome)")
      #expect(outcome.errors.contains(problem), "\(outcome.errors)")
    }
  }

  private enum Field: Decodable, Equatable {
    case number(Double)
    case text(String)
    case null

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        self = .null
      } else if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text(try value.decode(String.self))
      }
    }
  }

  @Test func score() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try write("the cat sat\non a mat\n", to: "ref.txt")
    try write("the hat sat down\nOn a mat\n", to: "hyp.txt")
    try write("{\"text\": \"the hat sat down\"}\n{\"text\": \"On a mat\"}\n", to: "hyp.jsonl")
    for hypotheses in ["hyp.txt", "hyp.jsonl"] {
      let outcome = try run("score", "ref.txt", hypotheses, "--show", "1", "--lowercase")
      #expect(outcome.code == 0 && outcome.errors.isEmpty)
      let lines = outcome.output.split(separator: "\n").map(String.init)
      #expect(
        lines[1].split(separator: " ").map(String.init).prefix(3) == ["word", "33.33", "%"])
      #expect(lines[1].hasSuffix("2       1       0       1       6"))
      #expect(lines[3] == "utterance 1: 2 errors")
      #expect(lines[4] == "REF  the CAT sat ****")
      #expect(lines[5] == "HYP  the HAT sat DOWN")
    }
    // By scalars, unless a normalization form or a folding of case is asked for.
    try write("un caf\u{e9} noir\nΛΟΓΟΣ\n", to: "nfc.txt")
    try write("un cafe\u{301} noir\nλογος\n", to: "nfd.txt")
    for (options, words, characters) in [
      ([], 2, 7), (["--normalize", "nfc"], 1, 5), (["--lowercase"], 1, 2),
      (["--normalize", "nfc", "--lowercase"], 0, 0),
      (["--normalize", "nfkc", "--lowercase"], 0, 0),
    ] {
      let outcome = try run(["score", "nfc.txt", "nfd.txt", "--json"] + options)
      let reports = try JSONDecoder().decode(
        [[String: Field]].self, from: Data(outcome.output.utf8))
      #expect(
        reports.map { $0["errors"] } == [.number(Double(words)), .number(Double(characters))])
    }
    try write("\n", to: "empty.txt")
    try write("a\n", to: "some.txt")
    let unknown = try run("score", "empty.txt", "some.txt", "--json", "--unit", "word")
    let report = try JSONDecoder().decode([[String: Field]].self, from: Data(unknown.output.utf8))
    #expect(report[0]["rate"] == .null && report[0]["low"] == .null && report[0]["high"] == .null)
    try write("one\n", to: "short.txt")
    let outcome = try run("score", "ref.txt", "short.txt")
    #expect(outcome.code == 1)
    #expect(outcome.errors == "error: short.txt: 1 utterances for 2 references\n")
    #expect(try run("score", "ref.txt", "hyp.txt", "--confidence", "1").code == 2)
    #expect(try run("score", "ref.txt", "hyp.txt", "--resamples", "100000000000").code == 2)
    let missing = try run("score", "none.txt", "hyp.txt")
    #expect(missing.code == 1 && missing.errors == "error: none.txt: No such file or directory\n")
  }
}
