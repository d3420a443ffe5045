import Foundation
import TensorFiles
import Testing

extension CommandLineTests {
  private struct Line: Decodable {
    struct Entry: Decodable {
      struct Word: Decodable {
        let text: String
        let start: Int?
        let end: Int?
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

  /// On request, exactly the entries that a spotter or a decoder cannot use are omitted.
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

  /// Errors about entries of files name their lines as an editor counts them, and tokens by their texts.
  @Test func linesAtFault() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writePosteriors()
    try write("\u{FEFF}\nab\r\n\n \nGitLab\n", to: "words.txt")
    try write("ab\n\nb |\n| |\n", to: "separators.txt")
    try write("ab\n\nxy\nab\t1e12\n", to: "boosts.txt")
    try write("\nab\ta b\n\nb\tb _\n", to: "blank.txt")
    try write("_\n|\na\nb\n", to: "bars.txt")
    for (command, arguments, problem) in [
      (
        "decode", ["--hotwords", "words.txt", "--exact-spelling"],
        "--hotwords, line 5: \"GitLab\": no token has \"G\""
      ),
      ("decode", ["--lexicon", "words.txt"], "--lexicon, line 5: \"GitLab\": no token has \"G\""),
      (
        "decode", ["--lexicon", "blank.txt"], "--lexicon, line 4: 0 (\"_\") is the blank, in \"b\""
      ),
      ("decode", ["--hotwords", "separators.txt"], "--hotwords, line 4: \"| |\": only separators"),
      (
        "decode", ["--lexicon", "separators.txt"],
        "--lexicon, line 3: \"b |\": a separator in it, where one word is expected"
      ),
      // Omitted entries do not shift the line numbers of the others.
      (
        "decode", ["--hotwords", "boosts.txt", "--skip-unspellable"],
        "--hotwords, line 4: \"ab\": a boost of 1000000000000.0, where 1e9 is the largest magnitude"
      ),
      (
        "spot", ["words.txt", "--exact-spelling"],
        "PHRASES, line 5: no tokens spell \"GitLab\": none has \"G\""
      ),
      ("spot", ["separators.txt"], "PHRASES, line 4: no token has any of \"| |\""),
    ] {
      let outcome = try run([command, "p.npy"] + arguments + ["--labels", "bars.txt"])
      #expect(outcome.code == 1 && outcome.output.isEmpty)
      #expect(outcome.errors.split(separator: "\n").last == "error: \(problem)", "\(arguments)")
    }
    let skipped = try run(
      "decode", "p.npy", "--labels", "bars.txt", "--hotwords", "separators.txt", "--lexicon",
      "separators.txt", "--skip-unspellable")
    #expect(
      skipped.errors == """
        warning: "b |" is left out: a separator in it, where one word is expected
        warning: "| |" is left out: only separators
        warning: "| |" is left out: no token has any of it
        error: 1 of 2 utterances failed

        """)
    #expect(skipped.output.contains("POSTERIORS, frame 1: nan for token 1 (\\\"|\\\")"))
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
    // Values that were not requested are omitted, not 0.
    let found = try lines(outcome.output)[0].hypotheses?.first?.words ?? []
    #expect(found.map(\.text) == words.map(String.init) && found.allSatisfy { $0.start == nil })
    try write(
      #"{"vocab": ["_", " ", "a", "b"], "items": [{"id": "x", "offset": 1, "frames": 3}]}"#,
      to: "m.json")
    let whole = try run("decode", "p.npy", "--manifest", "m.json")
    #expect(whole.code == 1 && whole.errors.contains("item 'x'"))
    try NPYWriter.write(
      [3, 0, 2].flatMap { best in (0..<4).map { Float($0 == best ? -0.1 : -5) } }, shape: [3, 4],
      to: path("m.npy"))
    // The blank that a vocabulary lacks is put where the manifest has it.
    let items = #""items": [{"id": "x", "offset": 0, "frames": 3}]}"#
    try write(#"{"vocab": ["a", "b", "c"], "blank": 3, "# + items, to: "lacking.json")
    #expect(
      try run("decode", "m.npy", "--manifest", "lacking.json").output.contains(#""text":"ac""#))
    try write(#"{"vocab": ["a", "b", "c"], "# + items, to: "lacking.json")
    #expect(
      try run("decode", "m.npy", "--manifest", "lacking.json").errors
        == "error: lacking.json: 3 for 4 outputs: where the blank is missing, give its index, such as 0 or 3\n"
    )
    try write(#"{"blank": 9, "items": []}"#, to: "blank.json")
    let blank = try run("decode", "p.npy", "--manifest", "blank.json")
    #expect(blank.code == 1 && blank.errors.contains("the blank, 9, is outside 0..<4"))
    try NPYWriter.write([Float](), shape: [2, 0], to: path("none.npy"))
    let none = try run("decode", "none.npy")
    #expect(none.code == 1 && none.errors == "error: POSTERIORS: no tokens\n")
    try write("\u{2581}x\t0\n\u{2581}a\t-1\nb\t-2\n", to: "pieces.vocab")
    let pieces = try run(
      "decode", "p.npy", "--labels", "pieces.vocab", "--blank", "0", "--lengths", "l.npy")
    #expect(pieces.code == 0 && pieces.output.contains("\"text\":\"ab x a\""))
    for (arguments, problem) in [
      (["--labels", "none.txt"], "none.txt"), (["--beam-width", "0"], "error: --beam-width: 0"),
      (["--language-model", "p.npy"], "p.npy"),
      (["--labels", "words.txt"], "2 in a file of format list for 4 outputs"),
      (
        ["--labels", "pieces.vocab"], "3 in a file of format scored for 4 outputs: where the blank"
      ),
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
    // Without the punctuation a letter and its mark are one character.
    try write("e!\u{301}\n", to: "mark.txt")
    try write("\u{e9}\n", to: "letter.txt")
    let marks = try run(
      "score", "mark.txt", "letter.txt", "--json", "--normalize", "nfc", "--without-punctuation")
    #expect(marks.output.contains("\"errors\" : 0") && !marks.output.contains("\"errors\" : 1"))
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
