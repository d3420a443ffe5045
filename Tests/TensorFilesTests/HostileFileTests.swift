import Foundation
import TensorFiles
import TestSupport
import Testing

/// Reading a file with any content returns an array or an error.
@Suite struct HostileFileTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Whether reading ends in an array whose every element can be reached, or in our error.
  private func survives(_ bytes: some Collection<UInt8>, _ name: String) throws -> Bool {
    let path = try directory.file(name, bytes)
    do {
      let tensors =
        name.hasSuffix(".npy")
        ? [try NPYFile.read(path)] : Array(try SafetensorsFile.read(path).values)
      for tensor in tensors {
        #expect(tensor.count * tensor.elementType.byteCount <= bytes.count)
        if tensor.elementType.isInteger { _ = try tensor.integers() }
        if tensor.elementType == .float32 {
          _ = try tensor.withElements(as: Float.self) { elements in
            elements.indices.reduce(0) { $0 + elements[$1] }
          }
        }
      }
      return true
    } catch { return error is TensorFileError }
  }

  private func header(_ text: String, data: Int = 8) -> [UInt8] {
    [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  @Test func lyingNPYHeaders() throws {
    for (text, expected) in [
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", ""),
      ("{'shape': (2L, ), 'fortran_order': True, 'descr': \"<f4\"}", ""),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", "needs more than the 8 bytes"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "4 bytes follow"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "negative axis -2"),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "too large"
      ),
      (
        "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807,)}", "needs more"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 9)}",
        "too large"
      ),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "no integer"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': 2}", "no string"),
      ("{'descr': '<f4', 'fortran_order': 1, 'shape': (2,)}", "no string"),
      ("{'descr': '<f4', 'fortran_order': False}", "no 'shape'"),
      ("{'descr': '<f4', 'descr': '<f4'}", "'descr' twice"),
      ("{'descr': '<f4', 'x': '<f4'}", "unexpected 'x'"),
      ("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "'|O' are not supported"),
      (
        "{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,)}",
        "a structured array"
      ),
      ("{'descr': '<f4", "no string"), ("", "no '{'"), ("{", "no string"), ("{}x", "goes on"),
    ] as [(String, String)] {
      var message = ""
      do {
        _ = try NPYFile.read(directory.file("h.npy", header(text)))
      } catch { message = "\(error)" }
      #expect(
        expected.isEmpty ? message.isEmpty : message.contains(expected), "\(text): \(message)")
    }
  }

  @Test(arguments: ["little_f4.npy", "big_i4.npy", "version2.npy", "arrays.safetensors"])
  func mutatedFiles(_ name: String) throws {
    let original = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
    var generator = SeededGenerator(seed: name.utf8.count)
    for _ in 0..<600 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        // Mostly the header: the data have no structure to break.
        let end = Bool.random(using: &generator) ? min(140, bytes.count) : bytes.count
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[Int.random(in: 0..<end, using: &generator)] = generator.next8()
        case 1: bytes.remove(at: Int.random(in: 0..<end, using: &generator))
        default:
          bytes.insert(generator.next8(), at: Int.random(in: 0..<end, using: &generator))
        }
      }
      #expect(try survives(bytes, name))
    }
  }

  @Test(arguments: ["little_f4.npy", "arrays.safetensors"]) func cutShort(_ name: String) throws {
    let original = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
    for length in 0..<original.count {
      let path = try directory.file(name, original.prefix(length))
      #expect(throws: TensorFileError.self, "\(length)") {
        if name.hasSuffix(".npy") {
          _ = try NPYFile.read(path)
        } else {
          _ = try SafetensorsFile.read(path)
        }
      }
    }
  }

  @Test func lyingSafetensorsHeaders() throws {
    func read(_ json: String, data: Int) throws -> String {
      let length = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Array($0) }
      let path = try directory.file(
        "a.safetensors", length + Array(json.utf8) + [UInt8](repeating: 0, count: data))
      do { return "\(try SafetensorsFile.read(path).keys.sorted())" } catch { return "\(error)" }
    }
    func array(_ dtype: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
      "{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
    }
    #expect(try read("{\"a\":\(array("F32", "[2]", 0, 8))}", data: 8) == "[\"a\"]")
    #expect(try read("{\"a\":\(array("F32", "[]", 0, 4))}", data: 4) == "[\"a\"]")
    // An array of an unknown type does not prevent reading the others.
    let mixed = "{\"a\":\(array("C64", "[1]", 0, 8)),\"b\":\(array("F32", "[1]", 8, 12))}"
    #expect(try read(mixed, data: 12).contains("'C64', which is not supported"))
    let path = directory.path + "/a.safetensors"
    #expect(try SafetensorsFile.read(path, name: "b").shape == [1])
    for name in ["a", "c", nil] {
      #expect(throws: TensorFileError.self) { try SafetensorsFile.read(path, name: name) }
    }
    // An empty array shares its place with the next one; the order of the names must not matter.
    for name in ["a", "z"] {
      let json = "{\"m\":\(array("F32", "[2]", 0, 8)),\"\(name)\":\(array("F32", "[0]", 0, 0))}"
      #expect(try read(json, data: 8).contains("\"m\""))
    }
    for (json, data, expected) in [
      ("{\"a\":\(array("F32", "[3]", 0, 8))}", 8, "needs more"),
      (
        "{\"a\":\(array("F32", "[1]", 0, 4)),\"a\":\(array("F32", "[1]", 4, 8))}", 8,
        "the header has 'a' twice"
      ),
      (
        "{\"a\":\(array("F32", "[1]", 0, 4)),\"\\u0061\":\(array("F32", "[1]", 0, 4))}", 4,
        "the header has 'a' twice"
      ),
      ("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F16\"}}", 4, "the header has 'dtype' twice"),
      ("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "the header has 'k' twice"),
      ("{\"a\":\(array("F32", "[1]", 0, 8))}", 8, "8 bytes for shape [1]"),
      ("{\"a\":\(array("F32", "[2]", 0, 8))}", 9, "1 bytes belong to no array"),
      ("{\"a\":\(array("F32", "[2]", 0, 8))}", 7, "cut short"),
      ("{\"a\":\(array("F32", "[2]", 1, 9))}", 9, "overlaps, skips"),
      ("{\"a\":\(array("F32", "[2]", 8, 0))}", 8, "overlaps, skips"),
      ("{\"a\":\(array("F32", "[-2]", 0, 8))}", 8, "negative"),
      ("{\"a\":\(array("C64", "[1]", 0, 8))}", 8, "'C64', which is not supported"),
      ("{\"a\":\(array("F32", "[1]", 0, 4)),\"b\":\(array("F32", "[1]", 0, 4))}", 4, "overlaps"),
      ("[1, 2]", 0, "not the JSON"), ("{\"a\": 3}", 0, "not the JSON"), ("", 0, "not the JSON"),
      (String(repeating: "[", count: 100_000), 0, "not the JSON"),
      ("{\"a\":\(array("F32", "[1e400]", 0, 4))}", 4, "not the JSON"),
    ] as [(String, Int, String)] {
      #expect(try read(json, data: data).contains(expected), "\(json.prefix(80))")
    }
  }

  @Test func labelLines() throws {
    func read(_ text: String) throws -> String {
      let path = try directory.file("l.jsonl", text.utf8)
      do { return "\(try LabelLines.read(path))" } catch { return "\(error)" }
    }
    #expect(
      try read("[1, 2]\n{\"labels\": [3], \"text\": \"c\"}\r\n[]\n \r\n\n") == "[[1, 2], [3], []]")
    #expect(try read("") == "[]")
    for text in [
      "[1, 2]\n[1.5]", "[1]\n3", "[1]\n{\"label\": [1]}", "[1]\n[99999999999999999999]", "[1]\n[1",
      "[1]\n\u{0}", "[1]\n" + String(repeating: "[", count: 100_000), "[1]\n[null]",
      "[1]\n[\"1\"]", "[1]\n[true]", "[1]\n\n[2]", "[1]\n \t\r\n[2]",
    ] {
      #expect(try read(text).contains("line 2 is neither"), "\(text.prefix(40))")
    }
    #expect(throws: TensorFileError.self) {
      try LabelLines.read(directory.file("b.jsonl", [0xFF, 0xFE, 0x5B]))
    }
  }
}

extension SeededGenerator {
  fileprivate mutating func next8() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}
