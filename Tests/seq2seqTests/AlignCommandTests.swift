import Foundation
import TensorFiles
import Testing

extension CommandLineTests {
  /// "ab a b": seven frames and three more.
  private func writeUtterance() throws {
    let path = [0, 2, 3, 3, 1, 2, 0, 1, 3, 0]
    let values = path.flatMap { best in (0..<4).map { Float(log($0 == best ? 0.7 : 0.1)) } }
    try NPYWriter.write(values, shape: [10, 4], to: self.path("p.npy"))
    try write("_\n \na\nb\n", to: "labels.txt")
    try write("ab\na \"b\n", to: "quote.txt")
    try write("ab\na b\n", to: "text.txt")
  }

  /// Three utterances are three files; one output that cannot contain them is an error.
  @Test(arguments: ["srt", "vtt", "textgrid", "ctm"])
  func severalUtterances(format: String) throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeUtterance()
    try write("ab\na b\nb\n", to: "three.txt")
    try write(
      #"""
      {"vocab": ["_", " ", "a", "b"], "items": [{"id": "a/b", "offset": 0, "frames": 4},
      {"id": "..", "offset": 4, "frames": 5}, {"id": "é 1", "offset": 7, "frames": 3}]}
      """#, to: "m.json")
    let arguments = ["align", "p.npy", "three.txt", "--manifest", "m.json", "--format", format]
    let together = try run(arguments)
    if format == "ctm" {
      #expect(together.code == 0 && together.output.split(separator: "\n").count == 4)
    } else {
      #expect(together.code == 1 && together.output.isEmpty)
      #expect(together.errors.contains("--output-folder"), "\(together.errors)")
    }
    let apart = try run(arguments + ["--output-folder", "out/deep"])
    #expect(apart.code == 0 && apart.output.isEmpty && apart.errors.isEmpty, "\(apart.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: path("out/deep"))
    #expect(Set(names) == Set(["a%2Fb", "%2E.", "é 1"].map { "\($0).\(format)" }))
    for (name, beginning) in [("srt", "1\n00"), ("vtt", "WEBVTT\n"), ("textgrid", "File type")]
    where name == format {
      for file in names {
        let text = try String(contentsOfFile: path("out/deep/\(file)"), encoding: .utf8)
        #expect(text.hasPrefix(beginning))
      }
    }
    try write(
      #"""
      {"vocab": ["_", " ", "a", "b"], "items": [{"id": "a", "offset": 0, "frames": 4},
      {"id": "A", "offset": 4, "frames": 5}, {"id": "c", "offset": 7, "frames": 3}]}
      """#, to: "m.json")
    let equal = try run(arguments + ["--output-folder", "other"])
    #expect(equal.code == 1 && equal.errors.contains("'a' and 'A' would be one file"))
  }

  @Test func align() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeUtterance()
    func output(_ arguments: String...) throws -> String {
      let outcome = try run(
        ["align", "p.npy", "text.txt", "--labels", "labels.txt", "--frame-seconds", "0.02"]
          + arguments)
      #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      return outcome.output
    }
    #expect(
      try output("--format", "ctm") == """
        0 1 0.020 0.060 ab 0.700
        0 1 0.100 0.020 a 0.700
        0 1 0.160 0.020 b 0.700

        """)
    #expect(
      try output("--format", "srt") == """
        1
        00:00:00,020 --> 00:00:00,080
        ab

        2
        00:00:00,100 --> 00:00:00,180
        a b


        """)
    #expect(
      try output("--format", "vtt").hasPrefix("WEBVTT\n\n00:00:00.020 --> 00:00:00.080\nab\n\n"))
    let grid = try output("--format", "textgrid")
    #expect(grid.hasPrefix("File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n"))
    #expect(grid.contains("name = \"words\"") && grid.contains("xmax = 0.200"))
    struct Line: Decodable {
      struct Span: Decodable {
        let text: String?
        let frames: [Int]
      }
      let id: String
      let segments, words, tokens: [Span]
    }
    let line = try JSONDecoder().decode(Line.self, from: Data(try output().utf8))
    #expect(line.segments.map(\.frames) == [[1, 4], [5, 9]])
    #expect(line.words.map(\.text) == ["ab", "a", "b"])
    #expect(line.tokens.map(\.frames) == [[1, 2], [2, 4], [4, 5], [5, 6], [7, 8], [8, 9]])
    _ = try output("--html", "page.html")
    let page = try String(contentsOfFile: path("page.html"), encoding: .utf8)
    #expect(page.hasPrefix("<!doctype html>") && page.contains("\"id\":\"0\""))
    // One page without network: nothing is fetched.
    #expect(!page.contains("http") && !page.contains("/*DATA*/"))
    let unknown = try run(
      "align", "p.npy", "quote.txt", "--labels", "labels.txt", "--exact-spelling")
    #expect(unknown.code == 1 && unknown.output.isEmpty)
    #expect(
      unknown.errors == """
        error: utterance 0: TEXTS, word 3: no tokens spell ""b": none has "\""
        error: 1 of 1 utterances failed

        """)
    let skipped = try run(
      "align", "p.npy", "quote.txt", "--labels", "labels.txt", "--exact-spelling",
      "--skip-unknown-words")
    #expect(skipped.code == 0 && skipped.output.contains(#""token":-1"#))
    // The quotation mark makes no difference otherwise.
    #expect(try run("align", "p.npy", "quote.txt", "--labels", "labels.txt").code == 0)
    let gaps = try run("align", "p.npy", "text.txt", "--labels", "labels.txt", "--gaps")
    let plain = try run("align", "p.npy", "text.txt", "--labels", "labels.txt")
    #expect(gaps.code == 0 && gaps.output.contains(#""segments":[{"confidence""#))
    #expect(plain.code == 0)
    #expect(
      try run("align", "p.npy", "text.txt").errors
        == "error: text.txt: no tokens to spell it with; pass --labels\n")
    #expect(try run("align", "p.npy", "text.txt", "--gaps", "--gap-cost", "-1").code == 2)
    #expect(try run("align", "p.npy", "text.txt", "--frame-seconds", "0").code == 2)
    let unwritten = try run(
      "align", "p.npy", "text.txt", "--labels", "labels.txt", "--html", "no/page.html")
    #expect(unwritten.code == 1)
    #expect(unwritten.errors == "error: no/page.html: No such file or directory\n")
  }

  @Test func spot() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeUtterance()
    try write("a b\nab\nba\n", to: "phrases.txt")
    let outcome = try run(
      "spot", "p.npy", "phrases.txt", "--labels", "labels.txt", "--frame-seconds", "0.5",
      "--minimum-score", "0.6")
    #expect(outcome.code == 0 && outcome.errors.isEmpty)
    #expect(
      outcome.output == """
        {"end":2,"id":"0","phrase":"ab","score":1,"start":0.5}
        {"end":4.5,"id":"0","phrase":"a b","score":1,"start":2.5}

        """)
    for seconds in ["nan", "0"] {
      let outcome = try run("spot", "p.npy", "phrases.txt", "--frame-seconds", seconds)
      #expect(outcome.code == 2)
    }
    try write("xyz\n", to: "phrases.txt")
    let wrong = try run("spot", "p.npy", "phrases.txt", "--labels", "labels.txt")
    #expect(wrong.code == 1 && wrong.errors.contains("no tokens spell \"xyz\""))
  }
}
