import Foundation
import NGramModels
import TensorFiles
import TestSupport
import Testing

/// Files of other tools, files of other formats, and files without an end.
struct FileKindTests {
  private static let arpa =
    "\\data\\\nngram 1=3\n\n\\1-grams:\n-1\ta\n-1\t</s>\n-1\t<s>\n\n\\end\\\n"

  private static func problem(_ bytes: [UInt8]) -> String {
    do {
      _ = try NGramModel(arpa: bytes, path: "m.arpa")
      return ""
    } catch { return "\(error)" }
  }

  @Test(arguments: [
    "ngram 1=\t3", "ngram 1=       3", "ngram 1 = 3", "ngram\t1\t=\t3 ", "ngram 1= 3\r",
  ])
  func counts(line: String) {
    let text = Self.arpa.replacingOccurrences(of: "ngram 1=3", with: line)
    #expect(Self.problem(Array(text.utf8)) == "")
  }

  @Test func whatStandsBeforeTheData() {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(Self.problem(mark + Array(Self.arpa.utf8)) == "")
    #expect(Self.problem(mark + Array("\n# by a tool\n\n\(Self.arpa)".utf8)) == "")
    for encoding in [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian, .utf32] {
      let marked = "\u{FEFF}" + Self.arpa
      let data = marked.data(using: encoding) ?? Data()
      #expect(!Self.problem(Array(data)).isEmpty)
    }
    #expect(Self.problem([0xFF, 0xFE] + Array(Self.arpa.utf8)).contains("UTF-16"))
  }

  @Test(
    arguments: [
      ("bzip2", [0x42, 0x5A, 0x68, 0x39]), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00]),
      ("zstd", [0x28, 0xB5, 0x2F, 0xFD]), ("zip", [0x50, 0x4B, 0x03, 0x04]),
    ] as [(String, [UInt8])])
  func otherCompressions(name: String, bytes: [UInt8]) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data(bytes + [UInt8](repeating: 7, count: 100)).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    do {
      _ = try NGramModel(contentsOf: path.path)
      Issue.record("\(name) was read")
    } catch { #expect("\(error)".contains("compressed with \(name)")) }
  }

  /// Each is rejected at a limit; none is read to its end.
  @Test func filesWithoutAnEnd() {
    let spaces = [UInt8](repeating: 0x20, count: 5 << 20)
    let lines = [UInt8](repeating: 0x0A, count: 5 << 20)
    let header = Array("\\data\\\nngram 1=3\n".utf8)
    let section = header + Array("\n\\1-grams:\n".utf8)
    for beginning in [[], header, section, section + Array("-1\ta\n".utf8)] {
      #expect(Self.problem(beginning + spaces).contains("a line of more than 4194304 bytes"))
      let problem = Self.problem(beginning + lines)
      #expect(problem.contains("blank lines") || problem.contains("no \\data\\"), "\(problem)")
      #expect(problem.contains("m.arpa, line 1"), "\(problem)")
    }
    // Counts that the file cannot contain.
    for count in ["9223372036854775807", "4000000000"] {
      let text = Self.arpa.replacingOccurrences(of: "1=3", with: "1=\(count)")
      #expect(Self.problem(Array(text.utf8)).contains("\(count) unigrams"))
    }
  }

  /// A file that expands to 300 times its size: gzip members of 16 KiB of spaces, 64 MiB in all.
  @Test func compressedFilesWithoutAnEnd() throws {
    let member = try #require(
      Data(
        base64Encoded:
          "H4sIAAAAAAACA+3BMQEAAADCoCrrn9IYPkABAAAAAAAAAAAAAAAAAAAAbwPRVfDWAEAAAA=="))
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: path) }
    try Data((0..<4096).flatMap { _ in member }).write(to: path)
    do {
      _ = try NGramModel(contentsOf: path.path)
      Issue.record("was read")
    } catch { #expect("\(error)".contains("200 times"), "\(error)") }
  }

  /// A gzip file of one block without compression.
  private static func gzip(_ text: some StringProtocol) -> [UInt8] {
    let bytes = Array(text.utf8)
    func little(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let count = UInt32(bytes.count)
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1] + little(count, 2) + little(~count, 2) + bytes
      + little(ZipBuilder.checksum(bytes), 4) + little(count, 4)
  }

  /// A gzip file in several members is their concatenation; a changed or truncated file is an
  /// error.
  @Test func compressedFiles() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: path) }
    func problem(_ bytes: [UInt8]) throws -> String {
      try Data(bytes).write(to: path)
      do {
        _ = try NGramModel(contentsOf: path.path)
        return ""
      } catch { return "\(error)" }
    }
    let whole = Self.gzip(Self.arpa)
    #expect(try problem(whole) == "")
    for length in 1..<Self.arpa.count {
      let members = Self.gzip(Self.arpa.prefix(length)) + Self.gzip(Self.arpa.dropFirst(length))
      #expect(try problem(members) == "")
    }
    for length in 2..<whole.count {
      #expect(try problem(Array(whole[..<length])).contains("cut off after "), "\(length)")
    }
    for place in [2, 11, 20, whole.count - 8, whole.count - 1] {
      var bytes = whole
      bytes[place] ^= 1
      #expect(try problem(bytes).contains("damaged after "), "\(place)")
    }
    #expect(try problem(whole + [0]).contains("cut off after \(Self.arpa.utf8.count) bytes"))
    #expect(try problem(whole + [0, 0]).contains("damaged after \(Self.arpa.utf8.count) bytes"))
  }

  /// A copied file may be shortened, and the model stays valid. A mapped file may be replaced by
  /// renaming.
  @Test(arguments: ["probing", "trie", "quantized-array"])
  func filesThatChange(kind: String) throws {
    let source = URL(fileURLWithPath: try NGramModelTests.path("small.\(kind)"))
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let other = path.appendingPathExtension("new")
    defer { try? FileManager.default.removeItem(at: path) }
    try FileManager.default.copyItem(at: source, to: path)
    let words = ["we", "the", "people", "xyzzy"]
    let expected = try NGramModel(contentsOf: source.path).score(sentence: words)
    let mapped = try NGramModel(contentsOf: path.path)
    #expect(mapped.score(sentence: words) == expected)
    let copied = try NGramModel(contentsOf: path.path, loading: .copied)
    try Data().write(to: other)
    #expect(rename(other.path, path.path) == 0)
    #expect(mapped.score(sentence: words) == expected)
    try FileManager.default.removeItem(at: path)
    try FileManager.default.copyItem(at: source, to: path)
    let again = try NGramModel(contentsOf: path.path, loading: .copied)
    let handle = try FileHandle(forWritingTo: path)
    try handle.truncate(atOffset: 0)
    try handle.close()
    #expect(copied.score(sentence: words) == expected)
    #expect(again.score(sentence: words) == expected)
  }
}
