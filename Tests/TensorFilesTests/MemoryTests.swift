import Foundation
import TensorFiles
import Testing

/// Arrays and labels from memory: what the readers of files say, for files of other tools.
struct MemoryTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
  }

  private func same(_ left: Tensor, _ right: Tensor) throws -> Bool {
    guard left.elementType == right.elementType, left.shape == right.shape,
      left.strides == right.strides
    else { return false }
    if left.elementType.isInteger { return try left.integers() == right.integers() }
    return try left.elementType == .bool || left.floats() == right.floats()
  }

  @Test(arguments: [
    "little_f4.npy", "big_f8.npy", "big_i2.npy", "column_major.npy", "version3.npy",
  ])
  func arrays(_ name: String) throws {
    let inMemory = try NPYFile.read(bytes: bytes(name), path: "m")
    #expect(try same(inMemory, NPYFile.read(fixture(name))))
    #expect(inMemory.path == "m")
    #expect(throws: TensorFileError("m", "not an .npy file")) {
      try NPYFile.read(bytes: bytes(name).prefix(9), path: "m")
    }
  }

  @Test func namedArrays() throws {
    let inMemory = try SafetensorsFile.read(bytes: bytes("arrays.safetensors"))
    let inFile = try SafetensorsFile.read(fixture("arrays.safetensors"))
    #expect(inMemory.keys.sorted() == inFile.keys.sorted())
    for (name, tensor) in inFile { #expect(try same(#require(inMemory[name]), tensor), "\(name)") }
    #expect(throws: TensorFileError("m", "not a .safetensors file")) {
      try SafetensorsFile.read(bytes: [], path: "m")
    }
  }

  @Test func labels() throws {
    let text = "[1, 2]\n{\"labels\": []}\n\n"
    #expect(try LabelLines.read(bytes: Array(text.utf8)) == [[1, 2], []])
    #expect(throws: TensorFileError.self) { try LabelLines.read(bytes: Array("[1.5]".utf8)) }
    #expect(try LabelLines.read(bytes: [UInt8]()) == [])
    #expect(throws: TensorFileError("f", "line 2 has 'labels' twice")) {
      try LabelLines.read(
        bytes: Array(#"[1]\#n{"labels": [2], "labels": [3]}"#.utf8), path: "f")
    }
  }
}
