import Foundation
import TensorFiles
import TestSupport
import Testing

/// Archives of arrays in the place of `.npy` files.
extension CommandLineTests {
  /// Zips `.npy` files of the test's directory by other names.
  private func zip(_ files: KeyValuePairs<String, String>, to name: String) throws {
    let entries = try files.map { array, file in
      ZipBuilder.Entry(
        array + ".npy", [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(file)))))
    }
    try Data(ZipBuilder(entries).bytes).write(to: URL(fileURLWithPath: path(name)))
  }

  @Test func lossesOfArchives() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeInputs()
    try NPYWriter.write([4, 3] as [Int32], shape: [2], to: path("frames.npy"))
    try NPYWriter.write([1, 1] as [Int32], shape: [2], to: path("counts.npy"))
    try Data("{}".utf8).write(to: URL(fileURLWithPath: path("note.txt")))
    let lengths = ["--logit-lengths", "frames.npy", "--label-lengths", "counts.npy"]
    let expected = try run(["loss", "x.npy", "y.npy", "--json"] + lengths)
    #expect(expected.code == 0)
    try zip(
      [
        "x": "x.npy", "y": "y.npy", "frames": "frames.npy", "counts": "counts.npy", "n": "note.txt",
      ],
      to: "batch.npz")
    let named = try run(
      "loss", "batch.npz", "batch.npz", "--json", "--logits-name", "x", "--labels-name", "y",
      "--logit-lengths", "batch.npz", "--logit-lengths-name", "frames",
      "--label-lengths", "batch.npz", "--label-lengths-name", "counts")
    #expect(named == expected)
    for file in ["x", "y", "frames", "counts"] { try zip(["a": file + ".npy"], to: file + ".npz") }
    let single = try run(
      "loss", "x.npz", "y.npz", "--json", "--logit-lengths", "frames.npz",
      "--label-lengths", "counts.npz")
    #expect(single == expected)
    for (arguments, problem) in [
      (
        ["batch.npz", "y.npy"],
        "batch.npz: has 5 arrays, choose one by name: counts, frames, n, x, y"
      ),
      (["batch.npz", "y.npy", "--logits-name", "z"], "batch.npz: has no array 'z', but counts,"),
      (
        ["batch.npz", "y.npy", "--logits-name", "n"],
        "batch.npz: entry 'n.npy' cannot be read: not an"
      ),
      (["x.npy", "y.jsonl", "--labels-name", "y"], "only arrays of .npz and .safetensors files"),
      (["x.npy", "y.npy", "--gradient", "g.npz"], "--gradient g.npz: arrays are written as .npy"),
      (
        ["x.npy", "y.npy", "--losses", "l.safetensors"],
        "--losses l.safetensors: arrays are written"
      ),
    ] {
      let outcome = try run(["loss"] + arguments)
      #expect(outcome.code == 1 && outcome.output.isEmpty)
      #expect(outcome.errors.contains(problem), "\(outcome.errors)")
    }
    for arguments in [
      ["loss", "x.npy", "y.npy", "--logit-lengths-name", "a"],
      ["loss", "x.npy", "y.npy", "--label-lengths-name", "a"],
      ["decode", "x.npy", "--lengths-name", "a"],
    ] {
      let outcome = try run(arguments)
      #expect(outcome.code == 2 && outcome.errors.contains("-lengths-name needs --"))
    }
  }

  @Test func posteriorsInArchives() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let values = [0, 2, 3, 3, 1, 2, 0].flatMap { best in
      (0..<4).map { Float(log($0 == best ? 0.7 : 0.1)) }
    }
    try NPYWriter.write(values, shape: [1, 7, 4], to: path("p.npy"))
    try NPYWriter.write([7] as [Int32], shape: [1], to: path("n.npy"))
    try write("_\n \na\nb\n", to: "labels.txt")
    try write("ab a\n", to: "texts.txt")
    try zip(["p": "p.npy", "n": "n.npy"], to: "p.npz")
    for command in [["decode", "p"], ["align", "p", "texts.txt"], ["spot", "p", "texts.txt"]] {
      func outcome(_ file: String, _ options: [String]) throws -> Program.Outcome {
        try run([command[0], file] + command.dropFirst(2) + ["--labels", "labels.txt"] + options)
      }
      let expected = try outcome("p.npy", ["--lengths", "n.npy"])
      #expect(expected.code == 0 && !expected.output.isEmpty && expected.errors.isEmpty)
      let named = ["--posteriors-name", "p", "--lengths", "p.npz", "--lengths-name", "n"]
      #expect(try outcome("p.npz", named) == expected)
      #expect(try outcome("p.npz", []).errors.contains("p.npz: has 2 arrays, choose one by name"))
    }
  }
}
