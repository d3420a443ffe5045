import Foundation
import TensorFiles
import Testing

/// Files that NumPy wrote, our own, and broken ones.
@Suite struct NPYTests {
  @Test(arguments: ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"], ["little", "big"])
  func integers(_ type: String, _ order: String) throws {
    let tensor = try NPYFile.read(fixture("\(order)_\(type).npy"))
    #expect(tensor.shape == [2, 3, 4] && tensor.strides == [12, 4, 1] && tensor.count == 24)
    #expect(tensor.elementType.isInteger)
    #expect(try tensor.integers() == Array(0..<24))
  }

  @Test(arguments: ["little", "big"]) func floats(_ order: String) throws {
    let single = try NPYFile.read(fixture("\(order)_f4.npy")).withElements(as: Float.self) {
      elements in elements.indices.map { elements[$0] }
    }
    #expect(single == (0..<24).map { Float($0) })
    let double = try NPYFile.read(fixture("\(order)_f8.npy")).withElements(as: Double.self) {
      elements in elements.indices.map { elements[$0] }
    }
    #expect(double == (0..<24).map { Double($0) })
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      let half = try NPYFile.read(fixture("\(order)_f2.npy")).withElements(as: Float16.self) {
        elements in elements.indices.map { elements[$0] }
      }
      #expect(half == (0..<24).map { Float16($0) })
      #expect(
        try NPYFile.read(fixture("\(order)_f2.npy")).floats() == (0..<24).map { Float($0) })
    #endif
    for name in ["\(order)_f4.npy", "\(order)_f8.npy"] {
      #expect(try NPYFile.read(fixture(name)).floats() == (0..<24).map { Float($0) })
    }
  }

  @Test func otherKinds() throws {
    let brain = try NPYFile.read(fixture("bfloat16.npy"))
    #expect(brain.elementType == .bfloat16)
    let words = try brain.withElements(as: UInt16.self) { words in [words[1], words[2]] }
    #expect(words == [0x3F80, 0x4000])
    #expect(try brain.floats()[1...2] == [1, 2])
    let flags = try NPYFile.read(fixture("bool.npy"))
    let bytes = try flags.withElements(as: UInt8.self) { bytes in [bytes[0], bytes[1]] }
    #expect(flags.elementType == .bool && bytes == [1, 0])
    let columns = try NPYFile.read(fixture("column_major.npy"))
    #expect(columns.strides == [1, 2, 6])
    #expect(try columns.integers() == Array(0..<24))
    let scalar = try NPYFile.read(fixture("scalar.npy"))
    #expect(scalar.shape.isEmpty && scalar.count == 1)
    #expect(try scalar.integers() == [7])
    #expect(throws: TensorFileError.self) { try scalar.floats() }
    let empty = try NPYFile.read(fixture("empty.npy"))
    #expect(empty.shape == [0, 3] && empty.count == 0)
    for version in ["version2.npy", "version3.npy"] {
      let tensor = try NPYFile.read(fixture(version))
      #expect(try tensor.withElements(as: Float.self) { $0[23] } == 23)
    }
  }

  @Test func tooManyAxesAreRefused() throws {
    let path = NSTemporaryDirectory() + "axes-\(UUID().uuidString).npy"
    #expect(throws: TensorFileError.self) {
      try NPYWriter(path, elementType: .float32, shape: [Int](repeating: 1, count: 65))
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func wrongTypesAreRefused() throws {
    let floats = try NPYFile.read(fixture("little_f4.npy"))
    #expect(throws: TensorFileError.self) { try floats.integers() }
    #expect(throws: TensorFileError.self) { try floats.withElements(as: Double.self) { $0.count } }
    for name in ["complex.npy", "text.npy"] {
      #expect(throws: TensorFileError.self) { try NPYFile.read(fixture(name)) }
    }
  }

  @Test func writtenFilesAreReadBack() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.npy"
    for shape in [[6], [2, 3], [3, 1, 2]] {
      try NPYWriter.write([1.5, 2, 3, 4, 5, 6] as [Float], shape: shape, to: path)
      let tensor = try NPYFile.read(path)
      #expect(tensor.shape == shape)
      #expect(try tensor.withElements(as: Float.self) { $0[0] } == 1.5)
      // The data begin at a multiple of 64, as in NumPy's files.
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count % 64 == 24)
    }
    try NPYWriter.write([7.0], shape: [], to: path)
    #expect(try NPYFile.read(path).shape.isEmpty)
    try NPYWriter.write([Double](), shape: [4, 0], to: path)
    #expect(try NPYFile.read(path).shape == [4, 0])
  }

  /// The same bytes as NumPy writes.
  @Test func equalsNumPysFile() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.npy"
    try NPYWriter.write((0..<24).map { Float($0) }, shape: [2, 3, 4], to: path)
    let ours = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(try ours == Data(contentsOf: URL(fileURLWithPath: fixture("little_f4.npy"))))
  }

  @Test func unfinishedFilesLeaveNothing() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.npy"
    do {
      let writer = try NPYWriter(path, elementType: .float32, shape: [4])
      try writer.append([1, 2, 3].span as Span<Float>)
      #expect(throws: TensorFileError.self) { try writer.append([1.0].span as Span<Double>) }
      #expect(throws: TensorFileError.self) { try writer.append([1].span as Span<Int32>) }
      #expect(throws: TensorFileError.self) { try writer.append([1, 2].span as Span<Float>) }
      #expect(throws: TensorFileError.self) { try writer.finish() }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    #expect(throws: TensorFileError.self) {
      try NPYWriter(directory.path + "/none/a.npy", elementType: .int8, shape: [1])
    }
    #expect(throws: TensorFileError.self) {
      try NPYWriter(path, elementType: .int8, shape: [.max, 2])
    }
  }

  @Test func filesThatAreNone() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: TensorFileError.self) { try NPYFile.read(directory.path) }
    #expect(throws: TensorFileError.self) { try NPYFile.read(directory.path + "/none.npy") }
    #expect(throws: TensorFileError.self) { try NPYFile.read(directory.file("empty.npy", [])) }
    let pipe = directory.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: TensorFileError(directory.path, "Is a directory")) {
      try NPYWriter.write([1.0], shape: [1], to: directory.path)
    }
    #expect(throws: TensorFileError(pipe, "not a regular file")) { try NPYFile.read(pipe) }
  }
}
