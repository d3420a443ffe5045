import MappedFiles

// FoundationEssentials lacks the data about languages and regions, which take 40 MB.
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reads label sequences from JSON Lines: each line is `[3, 1, 4]` or `{"labels": [3, 1, 4], …}`.
public enum LabelLines {
  /// Reads the sequences of a file, one per line. Empty lines at the end are ignored.
  ///
  /// - Throws: ``TensorFileError`` if the file cannot be opened; or, with the line, if a line has
  ///   another form, contains values that are not integers, or has the same name twice. An empty
  ///   line before the last sequence is an error, because skipping it would assign the following
  ///   labels to the wrong samples.
  public static func read(_ path: String) throws(TensorFileError) -> [[Int]] {
    let file = try MappedFile(path)
    return try read(bytes: file.bytes, path: path)
  }

  /// Reads the sequences from a file's bytes; `path` names the file in errors.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - path: The name of the file in errors.
  /// - Throws: ``TensorFileError`` like ``read(_:)``.
  public static func read(
    bytes: some BidirectionalCollection<UInt8>, path: String = ""
  ) throws(TensorFileError) -> [[Int]] {
    var sequences: [[Int]] = []
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x0D || byte == 0x09 }
    let end = lines.lastIndex { !$0.allSatisfy(isSpace) }.map { $0 + 1 } ?? 0
    for (index, line) in lines[..<end].enumerated() {
      let data = Data(line)
      do {
        sequences.append(try JSONDecoder().decode(Line.self, from: data).labels)
      } catch {
        throw TensorFileError(
          path, "line \(index + 1) is neither [integers] nor {\"labels\": [integers]}")
      }
      // An array has no names.
      if data.contains(UInt8(ascii: "{")), let key = JSONKeys(data).firstDuplicate {
        throw TensorFileError(path, "line \(index + 1) has '\(key)' twice")
      }
    }
    return sequences
  }

  private struct Line: Decodable {
    let labels: [Int]

    private enum CodingKeys: CodingKey {
      case labels
    }

    init(from decoder: any Decoder) throws {
      if let container = try? decoder.singleValueContainer(),
        let labels = try? container.decode([Int].self)
      {
        self.labels = labels
      } else {
        labels = try decoder.container(keyedBy: CodingKeys.self).decode([Int].self, forKey: .labels)
      }
    }
  }
}
