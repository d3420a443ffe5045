import Foundation
import Seq2SeqLosses
import TensorFiles
import Testing

/// The command as a user runs it: a process with output, errors and an exit code.
@Suite struct CommandLineTests {
  let directory: URL

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  /// Runs `seq2seq` in the test's directory.
  func run(_ arguments: String...) throws -> Program.Outcome { try run(arguments) }

  func run(_ arguments: [String]) throws -> Program.Outcome {
    try Program.run("seq2seq", arguments, in: directory)
  }

  func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: directory.appendingPathComponent(name))
  }

  let logits = (0..<24).map { Float(sin(Double($0 * 5))) }

  /// Two samples of four frames and three tokens, with their labels in both forms.
  func writeInputs() throws {
    try NPYWriter.write(logits, shape: [2, 4, 3], to: path("x.npy"))
    try NPYWriter.write([1, 2, 2, -1] as [Int32], shape: [2, 2], to: path("y.npy"))
    try write("[1, 2]\n{\"labels\": [2]}\n", to: "y.jsonl")
  }

  @Test func table() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeInputs()
    let losses = try CTCLoss().losses(
      logits, layout: LogitsLayout(batch: 2, time: 4, vocabulary: 3), labels: [[1, 2], [2]])
    func number(_ value: Double) -> String { String(format: "%.6g", value) }
    for labels in ["y.npy", "y.jsonl"] {
      let outcome = try run("loss", "x.npy", labels)
      #expect(outcome.code == 0 && outcome.errors.isEmpty)
      let lines = outcome.output.split(separator: "\n").map {
        $0.split(separator: " ").map(String.init)
      }
      #expect(lines[0] == ["sample", "frames", "labels", "loss", "loss/label"])
      #expect(lines[1] == ["0", "4", "2", number(losses[0]), number(losses[0] / 2)])
      #expect(lines[2] == ["1", "4", "1", number(losses[1]), number(losses[1])])
      #expect(lines[3...].contains(["mean", number((losses[0] + losses[1]) / 2)]))
    }
    let short = try run("loss", "x.npy", "y.npy", "--rows", "1")
    #expect(short.output.contains("… 1 more"))
  }

  @Test func derivativesAndJSON() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeInputs()
    try NPYWriter.write([4, 3] as [Int64], shape: [2], to: path("lengths.npy"))
    let outcome = try run(
      "loss", "x.npy", "y.npy", "--json", "--logit-lengths", "lengths.npy", "--losses", "l.npy",
      "--gradient", "g.npy", "--hessian", "h.npy", "--topology", "simplified", "--threads", "1")
    #expect(outcome.code == 0 && outcome.errors.isEmpty)
    let ctc = CTCLoss(topology: .simplified)
    let layout = try LogitsLayout(batch: 2, time: 4, vocabulary: 3, lengths: [4, 3])
    let labels: LabelBatch = [[1, 2], [2]]
    let (losses, gradient) = try ctc.lossesAndGradient(logits, layout: layout, labels: labels)
    struct Report: Decodable {
      let losses: [Double]
      let sum: Double
      let frames: [Int]
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    #expect(report.losses == losses && report.frames == [4, 3])
    #expect(report.sum == losses[0] + losses[1])
    func floats(_ name: String) throws -> [Float] {
      try NPYFile.read(path(name)).withElements(as: Float.self) { numbers in
        numbers.indices.map { numbers[$0] }
      }
    }
    #expect(try floats("g.npy") == gradient)
    #expect(try floats("h.npy") == ctc.hessians(logits, layout: layout, labels: labels))
    #expect(try NPYFile.read(path("h.npy")).shape == [2, 4, 3, 4, 3])
    let written = try NPYFile.read(path("l.npy")).withElements(as: Double.self) { [$0[0], $0[1]] }
    #expect(written == losses)
  }

  @Test func timeMajorAndSingleSamples() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeInputs()
    var timeMajor = logits
    for index in logits.indices {
      timeMajor[index % 12 / 3 * 6 + index / 12 * 3 + index % 3] = logits[index]
    }
    try NPYWriter.write(timeMajor, shape: [4, 2, 3], to: path("t.npy"))
    #expect(
      try run("loss", "t.npy", "y.npy", "--time-major").output
        == run("loss", "x.npy", "y.npy").output)
    try NPYWriter.write(Array(logits.prefix(12)), shape: [4, 3], to: path("one.npy"))
    try write("[1, 2]", to: "one.jsonl")
    let one = try run("loss", "one.npy", "one.jsonl", "--json")
    #expect(one.code == 0 && one.output.contains("\"mean\""))
  }

  @Test func infinitiesAreValidJSON() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeInputs()
    try write("[1, 2, 1, 2, 1]\n[2]\n", to: "long.jsonl")
    let outcome = try run("loss", "x.npy", "long.jsonl", "--json")
    #expect(outcome.code == 0 && outcome.output.contains("\"inf\""))
    #expect(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) is [String: Any])
  }

  @Test func errorsAreOneLineAndCodeOne() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeInputs()
    try write("[1, 7]\n[2]\n", to: "range.jsonl")
    try write("[1]\n[x]\n", to: "broken.jsonl")
    try write("nothing", to: "no.npy")
    try NPYWriter.write([1.5, 2] as [Float], shape: [1, 2], to: path("floats.npy"))
    try NPYWriter.write([1, 2] as [Int32], shape: [1, 1, 2], to: path("integers.npy"))
    try NPYWriter.write(Array(logits.prefix(12)), shape: [4, 3], to: path("one.npy"))
    try write("[1]\n", to: "one.jsonl")
    // An array of no bytes whose axes would take all memory.
    try NPYWriter.write([Float](), shape: [2, 0, 1 << 50], to: path("huge.npy"))
    try NPYWriter.write([Int32](), shape: [1 << 50, 0], to: path("rows.npy"))
    for (arguments, expected) in [
      (["none.npy", "y.npy"], "none.npy: No such file or directory"),
      (["no.npy", "y.npy"], "no.npy: not an .npy file"),
      (["x.npy", "range.jsonl"], "labels, sample 0, position 1: 7 is outside 0..<3"),
      (["x.npy", "broken.jsonl"], "broken.jsonl: line 2 is neither"),
      (["one.npy", "floats.npy"], "floats.npy: holds float32 where integers are needed"),
      (["integers.npy", "none.jsonl"], "none.jsonl: No such file"),
      (["integers.npy", "one.jsonl"], "integers.npy: holds int32, not floating point"),
      (["huge.npy", "y.npy"], "vocabulary: 1125899906842624 is more than 16777216"),
      (["x.npy", "rows.npy"], "labels: 1125899906842624 sequences for a batch of 2"),
      (["one.npy", "y.npy"], "labels: 2 sequences for a batch of 1"),
      (["x.npy", "y.npy", "--blank", "3"], "blank: 3 is outside 0..<3"),
      (
        ["x.npy", "y.npy", "--logits-name", "a"],
        "only arrays of .npz and .safetensors files have names"
      ),
      (["x.npy", "y.npy", "--losses", "none/l.npy"], "none/l.npy: No such file or directory"),
      (["x.npy", "y.npy", "--logit-lengths", "y.npy"], "lengths: 4 lengths for a batch of 2"),
    ] as [([String], String)] {
      let outcome = try run(["loss"] + arguments)
      #expect(outcome.code == 1 && outcome.output.isEmpty, "\(arguments)")
      #expect(outcome.errors.hasPrefix("error: ") && outcome.errors.contains(expected))
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
    try NPYWriter.write(
      [Float](repeating: 0, count: 1 << 20), shape: [1, 1024, 1024], to: path("long.npy"))
    let tooLarge = try run("loss", "long.npy", "one.jsonl", "--hessian", "h.npy")
    #expect(tooLarge.code == 1 && tooLarge.errors.contains("half of this machine's memory"))
    #expect(!FileManager.default.fileExists(atPath: path("h.npy")))
    // Outputs that an error prevented leave no files.
    let outcome = try run("loss", "x.npy", "range.jsonl", "--gradient", "g.npy")
    #expect(outcome.code == 1)
    #expect(!FileManager.default.fileExists(atPath: path("g.npy")))
  }

  @Test func usageIsCodeTwoAndHelpZero() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    for arguments in [["loss", "x.npy"], ["loss", "x.npy", "y.npy", "--topology", "none"]] {
      let outcome = try run(arguments)
      #expect(outcome.code == 2 && outcome.output.isEmpty)
      #expect(outcome.errors.contains("Usage: seq2seq loss"))
    }
    #expect(try run("unknown").code == 2)
    #expect(try run("loss", "x.npy", "y.npy", "--threads", "0").code == 2)
    let help = try run("--help")
    #expect(help.code == 0 && help.errors.isEmpty)
    #expect(
      help.output == """
        OVERVIEW: Losses, decoders, alignments and error rates for sequence models.

        USAGE: seq2seq <subcommand>

        OPTIONS:
          -h, --help              Show help information.

        SUBCOMMANDS:
          loss                    Compute the CTC losses of logits in a file, and their
                                  derivatives.
          decode                  Decode CTC posteriors: find the most probable texts.
          align                   Find the frames of each word of known texts (forced
                                  alignment).
          spot                    Find phrases in CTC posteriors (keyword spotting).
          score                   Compute the error rates of texts.
          demo                    Train a small network to read strings of handwritten
                                  digits, in about a minute.

          See 'seq2seq help <subcommand>' for detailed help.

        """)
  }

  @Test func demoInAShortForm() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let outcome = try run("demo", "--steps", "1", "--held-out", "2", "--svg", "p.svg")
    #expect(outcome.code == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.contains("written  ") && outcome.output.contains("p.svg"))
    let picture = try String(contentsOfFile: path("p.svg"), encoding: .utf8)
    #expect(picture.hasPrefix("<svg") || picture.hasPrefix("<?xml"))
    let transducer = try run(
      "demo", "--transducer", "--steps", "1", "--held-out", "1", "--svg", "t.svg")
    #expect(transducer.code == 0 && transducer.output.contains("written  "))
    #expect(try String(contentsOfFile: path("t.svg"), encoding: .utf8).contains("a transducer"))
    #expect(try run("demo", "--steps", "0").code == 2)
    let nowhere = try run("demo", "--steps", "1", "--svg", "none/p.svg")
    #expect(nowhere.code == 1 && nowhere.output.isEmpty)
    #expect(nowhere.errors == "error: none/p.svg: No such file or directory\n")
  }
}
