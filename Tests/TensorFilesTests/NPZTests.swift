import Foundation
import TensorFiles
import Testing

/// Files that NumPy wrote: stored, compressed, into a pipe, and with zip64 records throughout.
@Suite struct NPZTests {
  private static let kinds = ["arrays.npz", "compressed.npz", "piped.npz", "zip64.npz"]

  private func check(_ tensors: [String: Tensor]) throws {
    #expect(Set(tensors.keys) == ["logits", "half", "brain", "labels", "columns", "größe"])
    let logits = try #require(tensors["logits"])
    #expect(logits.shape == [2, 3, 4] && logits.strides == [12, 4, 1])
    #expect(logits.elementType == .float32)
    #expect(try logits.floats() == (0..<24).map { Float($0) })
    #expect(tensors["half"]?.elementType == .float16)
    #expect(try tensors["brain"]?.floats() == (0..<24).map { Float($0) })
    #expect(tensors["labels"]?.shape == [3, 4])
    #expect(try tensors["labels"]?.integers() == Array(0..<12))
    #expect(tensors["columns"]?.strides == [1, 2, 6])
    #expect(try tensors["columns"]?.integers() == Array(0..<24))
    #expect(tensors["größe"]?.shape == [])
    #expect(try tensors["größe"]?.integers() == [7])
  }

  @Test(arguments: kinds) func arrays(_ name: String) throws {
    try check(NPZFile.read(fixture(name)))
    try check(NPZFile.read(fixture(name), loading: .copied))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
    try check(NPZFile.read(bytes: bytes, path: "m"))
    #expect(try NPZFile.read(bytes: bytes, path: "m")["half"]?.path == "m")
  }

  @Test(arguments: kinds) func arraysByName(_ name: String) throws {
    for loading in [FileLoading.mapped, .copied] {
      let labels = try NPZFile.read(fixture(name), name: "labels", loading: loading)
      #expect(try labels.integers() == Array(0..<12))
    }
    let problems = [
      "x": "has no array 'x', but brain, columns, größe, half, labels, logits",
      nil: "has 6 arrays, choose one by name: brain, columns, größe, half, labels, logits",
    ]
    for (array, problem) in problems {
      #expect(throws: TensorFileError(fixture(name), problem)) {
        try NPZFile.read(fixture(name), name: array)
      }
    }
  }

  @Test func filesOfOneArrayAndNone() throws {
    let only = fixture("only.npz")
    #expect(try NPZFile.read(only).keys.sorted() == ["arr_0"])
    #expect(try NPZFile.read(only, name: nil).floats() == (0..<24).map { Float($0) })
    #expect(try NPZFile.read(only, name: "arr_0").shape == [2, 3, 4])
    let none = fixture("none.npz")
    #expect(try NPZFile.read(none).isEmpty)
    for name in ["x", nil] {
      #expect(throws: TensorFileError(none, "has no arrays")) {
        try NPZFile.read(none, name: name)
      }
    }
  }

  /// An array of an unknown type does not prevent reading the others.
  @Test func unknownTypes() throws {
    let mixed = fixture("mixed.npz")
    #expect(try NPZFile.read(mixed, name: "x").floats() == [0, 1, 2, 3])
    let problem = "entry 'c.npy' cannot be read: elements of type '<c8' are not supported"
    #expect(throws: TensorFileError(mixed, problem)) { try NPZFile.read(mixed) }
    #expect(throws: TensorFileError(mixed, problem)) { try NPZFile.read(mixed, name: "c") }
  }

  @Test func filesThatAreNone() throws {
    for name in ["little_f4.npy", "arrays.safetensors"] {
      #expect(throws: TensorFileError(fixture(name), "not an .npz file")) {
        try NPZFile.read(fixture(name))
      }
    }
    #expect(throws: TensorFileError("m", "not an .npz file")) {
      try NPZFile.read(bytes: [], path: "m")
    }
    #expect(throws: TensorFileError.self) { try NPZFile.read(fixture("none.npy")) }
  }

  /// Elements stay valid after the file object and the dictionary are released.
  @Test func arraysKeepTheirFile() throws {
    let directory = try TemporaryDirectory()
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("arrays.npz")))
    let path = try directory.file("a.npz", data)
    let tensor = try NPZFile.read(path, name: "columns")
    try FileManager.default.removeItem(atPath: path)
    #expect(try tensor.integers() == Array(0..<24))
  }
}
