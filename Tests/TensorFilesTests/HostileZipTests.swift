import Foundation
import TensorFiles
import TestSupport
import Testing

/// Reading an archive with any content returns the original arrays, or an error that names the
/// problem.
@Suite struct HostileZipTests {
  typealias Entry = ZipBuilder.Entry

  /// An `.npy` file of four numbers.
  static let array = npy("(2, 2)", [1, 2, 3, 4])
  static let values: [Float] = [1, 2, 3, 4]

  static func npy(_ shape: String, _ values: [Float]) -> [UInt8] {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape)}\n"
    return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
      + values.flatMap { value in
        withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
      }
  }

  private static func changed(
    _ entry: Entry = Entry("x.npy", array), _ change: (inout Entry) -> Void
  ) -> ZipBuilder { ZipBuilder(entry, change) }

  /// The problem of an archive; empty where its one array is read as it was put in.
  private func problem(_ bytes: [UInt8], all: Bool = true) throws -> String {
    do {
      let tensors = try NPZFile.read(bytes: bytes, path: "a.npz")
      #expect(tensors.keys.sorted() == ["x"])
      #expect(try tensors["x"]?.floats() == Self.values)
      return ""
    } catch let error as TensorFileError {
      #expect(error.path == "a.npz")
      return error.problem
    }
  }

  @Test func archivesThatAreRight() throws {
    let plain = ZipBuilder(Entry("x.npy", Self.array))
    let fake = ZipBuilder([Entry("y.npy", [])]).bytes
    for archive in [
      plain, ZipBuilder(Entry(deflated: "x.npy", Self.array)), Self.changed { $0.isLarge = true },
      plain.with { $0.isLarge = true }, plain.with { $0.comment = Array("made by hand".utf8) },
      // Another archive's end record in the comment does not end the file.
      plain.with { $0.comment = fake + [0] },
      plain.with { $0.comment = [UInt8](repeating: 0x50, count: 0xFFFF) },
    ] { #expect(try problem(archive.bytes) == "") }
  }

  @Test(arguments: [
    (changed { $0.checksum ^= 1 }, "entry 'x.npy' is damaged: its checksum differs"),
    (changed { $0.flags = 1 }, "entry 'x.npy' is encrypted"),
    (changed { $0.flags = 1 << 6 }, "entry 'x.npy' is encrypted"),
    (changed { $0.method = 12 }, "entry 'x.npy' is compressed with bzip2, which is not supported"),
    (
      changed { $0.method = 77 },
      "entry 'x.npy' is compressed with method 77, which is not supported"
    ),
    (changed { $0.disk = 1 }, "entry 'x.npy' is in another volume of the zip archive"),
    (changed { $0.name = Array("x.txt".utf8) }, "entry 'x.txt' is not an .npy file"),
    (changed { $0.name = [] }, "entry '' is not an .npy file"),
    (changed { $0.name = Array("x/".utf8) }, "entry 'x/' is not an .npy file"),
    (changed { $0.size += 1 }, "entry 'x.npy' has 84 bytes instead of 85"),
    (changed { $0.compressedSize = 1 << 31 }, "entry 'x.npy' is cut short: its 2147483648 bytes"),
    (changed { $0.offset = 1 }, "entry 'x.npy' is not at 1, where the directory has it"),
    (changed { $0.offset = 1 << 31 }, "entry 'x.npy' is not at 2147483648"),
    (changed(Entry("x.npy", [])) { _ in }, "entry 'x.npy' cannot be read: not an .npy file"),
    (
      changed(Entry(deflated: "x.npy", [])) { _ in },
      "entry 'x.npy' cannot be read: not an .npy file"
    ),
    (
      changed {
        $0.isLarge = true
        $0.hasLargeField = false
      }, "entry 'x.npy' has no zip64 field for what 32 bits cannot hold"
    ),
    (
      changed {
        $0.isLarge = true
        $0.compressedSize = 1 << 63
      }, "entry 'x.npy' is cut short: its 9223372036854775808 bytes"
    ),
    (
      changed {
        $0.isLarge = true
        $0.offset = .max
      }, "entry 'x.npy' is not at 18446744073709551615"
    ),
    (
      changed {
        $0.isLarge = true
        $0.size = 1 << 63
      }, "entry 'x.npy' has 84 bytes instead of 9223372036854775808"
    ),
  ])
  func brokenEntries(_ archive: ZipBuilder, _ expected: String) throws {
    let problem = try problem(archive.bytes)
    #expect(problem.hasPrefix(expected), "\(problem)")
  }

  @Test func brokenCompression() throws {
    for (change, expected) in [
      ({ $0.size = 1 << 63 }, "cannot have 9223372036854775808 bytes, compressed to 89"),
      ({ $0.size = 1 << 40 }, "cannot have 1099511627776 bytes, compressed to 89"),
      // As large as 89 bytes can become.
      ({ $0.size = 89 * 1032 }, "is damaged: its 89 compressed bytes do not hold 91848 bytes"),
      ({ $0.size -= 1 }, "is damaged: its 89 compressed bytes do not hold 83 bytes"),
      ({ $0.size += 1 }, "is damaged: its 89 compressed bytes do not hold 85 bytes"),
      ({ $0.data[0] = 0 }, "is damaged: its 89 compressed bytes do not hold 84 bytes"),
      ({ $0.data[0] = 7 }, "is damaged: its 89 compressed bytes do not hold 84 bytes"),
      ({ $0.data += [0] }, "is damaged: its 90 compressed bytes do not hold 84 bytes"),
      ({ $0.data.removeLast() }, "is damaged: its 88 compressed bytes do not hold 84 bytes"),
      ({ $0.data = [] }, "is damaged: its 0 compressed bytes do not hold 84 bytes"),
      ({ $0.data[50] ^= 1 }, "is damaged: its checksum differs"),
    ] as [((inout Entry) -> Void, String)] {
      let archive = ZipBuilder(Entry(deflated: "x.npy", Self.array)) {
        $0.isLarge = true
        change(&$0)
      }
      #expect(try problem(archive.bytes) == "entry 'x.npy' " + expected)
    }
  }

  @Test func brokenEnds() throws {
    let plain = ZipBuilder(Entry("x.npy", Self.array))
    let large = plain.with { $0.isLarge = true }
    for (bytes, expected) in [
      ([0] + plain.bytes, "not an .npz file"),
      (ZipBuilder.header(Entry("y.npy", [])) + plain.bytes, "bytes are missing or stand before"),
      (plain.bytes + [0], "the zip archive is cut short, or followed by other bytes"),
      (plain.bytes + plain.bytes, "bytes are missing or stand before the archive"),
      (Array(plain.bytes.dropFirst(4)), "not an .npz file"),
      (plain.with { $0.disk = 1 }.bytes, "one of several volumes"),
      (plain.with { $0.count = 0 }.bytes, "directory has more than 0 entries"),
      (plain.with { $0.count = 2 }.bytes, "51 bytes cannot hold 2 entries"),
      (plain.with { $0.size = 50 }.bytes, "directory of 50 bytes at 119 does not end at 170"),
      (plain.with { $0.size = 1 << 31 }.bytes, "directory of 2147483648 bytes at 119"),
      (plain.with { $0.offset = 1 << 31 }.bytes, "directory of 51 bytes at 2147483648"),
      (large.with { $0.disk = 1 }.bytes, "one of several volumes"),
      (large.with { $0.size = 1 << 63 }.bytes, "directory of 9223372036854775808 bytes at 119"),
      (large.with { $0.offset = .max }.bytes, "51 bytes at 18446744073709551615"),
      (large.with { $0.count = .max }.bytes, "cannot hold 18446744073709551615 entries"),
      (large.with { $0.locatorOffset = 1 << 63 }.bytes, "no zip64 end record at 92233720368547758"),
      (large.with { $0.locatorOffset = 0 }.bytes, "no zip64 end record at 0"),
    ] as [([UInt8], String)] {
      let problem = try problem(bytes)
      #expect(problem.contains(expected), "\(expected): \(problem)")
    }
    // A short record that says something else than the zip64 one.
    var bytes = large.bytes
    bytes[bytes.count - 12] = 2
    bytes[bytes.count - 11] = 0
    #expect(try problem(bytes) == "the zip archive has two end records that differ")
  }

  @Test func severalEntries() throws {
    let x = Entry("x.npy", Self.array)
    var y = Entry("y.npy", Self.array)
    #expect(try problem(ZipBuilder([x, x]).bytes) == "entry 'x.npy' occurs twice")
    y.offset = 0
    #expect(
      try problem(ZipBuilder([x, y]).bytes) == "entry 'y.npy' differs from the header at 0")
    // An entry within another one's data: the way to make much of little.
    var outer = Entry("x.npy", Self.array + ZipBuilder.header(y) + Self.array)
    outer.size = UInt64(outer.data.count)
    var inner = y
    inner.data = []
    inner.compressedSize = UInt64(Self.array.count)
    inner.offset = UInt64(ZipBuilder.header(outer).count + Self.array.count)
    let nested = ZipBuilder([outer, inner]).bytes
    #expect(try problem(nested) == "entries 'x.npy' and 'y.npy' overlap")
  }

  /// What is wrong with an entry is in the way of no other array.
  @Test func otherEntries() throws {
    let directory = try TemporaryDirectory()
    var encrypted = Entry("e.npy", Self.array)
    encrypted.flags = 1
    var damaged = Entry("d.npy", Self.array)
    damaged.checksum ^= 1
    let note = Entry("x", Array("what x is".utf8))
    let entries = [note, Entry("x.npy", Self.array), encrypted, damaged]
    let path = try directory.file("a.npz", ZipBuilder(entries).bytes)
    #expect(try NPZFile.read(path, name: "x").floats() == Self.values)
    #expect(throws: TensorFileError(path, "entry 'x' is not an .npy file")) {
      try NPZFile.read(path)
    }
    #expect(throws: TensorFileError(path, "has 3 arrays, choose one by name: d, e, x")) {
      try NPZFile.read(path, name: nil)
    }
    #expect(throws: TensorFileError(path, "entry 'e.npy' is encrypted")) {
      try NPZFile.read(path, name: "e")
    }
    let one = try directory.file("b.npz", ZipBuilder([note, entries[1]]).bytes)
    #expect(try NPZFile.read(one, name: nil).floats() == Self.values)
  }

  /// An array ends with its entry, even where the file goes on.
  @Test func arraysBeyondTheirEntry() throws {
    let long = Entry("x.npy", Self.npy("(2, 3)", Self.values))
    let more = Entry("y.npy", Self.array)
    let expected = "entry 'x.npy' cannot be read: shape [2, 3] of float32 needs more than the 16"
    #expect(try problem(ZipBuilder([long, more]).bytes).hasPrefix(expected))
  }

  /// Every byte changed in many ways, and every length: the arrays as they were, or an error.
  @Test func sweep() throws {
    let large = Entry("x.npy", Self.array)
    let archives = [
      ZipBuilder([large, Entry(deflated: "y.npy", Self.array)]),
      ZipBuilder(large) { $0.isLarge = true }.with { $0.isLarge = true },
    ]
    for archive in archives {
      let original = archive.bytes
      let names = archive.entries.map { String(decoding: $0.name.dropLast(4), as: UTF8.self) }
      for length in original.indices {
        #expect(throws: TensorFileError.self, "\(length)") {
          try NPZFile.read(bytes: original[..<length])
        }
      }
      for place in original.indices {
        for change in (0..<8).map({ original[place] ^ 1 << $0 }) + [0, 0x7F, 0x80, 0xFF] {
          var bytes = original
          bytes[place] = change
          do {
            let tensors = try NPZFile.read(bytes: bytes)
            #expect(tensors.keys.sorted() == names, "\(place): \(change)")
            for tensor in tensors.values {
              #expect(try tensor.shape == [2, 2] && tensor.floats() == Self.values)
            }
          } catch { #expect(error is TensorFileError, "\(place): \(change)") }
        }
      }
    }
  }

  /// NumPy's own archives with bytes changed, removed and inserted.
  @Test(arguments: ["arrays.npz", "compressed.npz", "piped.npz", "zip64.npz"])
  func mutatedFiles(_ name: String) throws {
    let original = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
    let whole = try NPZFile.read(bytes: original)
    var generator = SeededGenerator(seed: name.utf8.count)
    for _ in 0..<600 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        default: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        }
      }
      do {
        let tensors = try NPZFile.read(bytes: bytes)
        #expect(tensors.count == whole.count)
        for (name, tensor) in whole {
          let other = try #require(tensors[name])
          #expect(other.shape == tensor.shape && other.elementType == tensor.elementType)
          if tensor.elementType.isInteger { #expect(try other.integers() == tensor.integers()) }
        }
      } catch { #expect(error is TensorFileError) }
    }
  }
}
