import Foundation
import TensorFiles

/// Text files.
enum TextFile {
  static func read(_ path: String) throws -> String {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    guard let text = String(validating: data, as: UTF8.self) else {
      throw TensorFileError(path, "not UTF-8")
    }
    return text.replacingOccurrences(of: "\r\n", with: "\n")
  }

  /// The lines, blank ones too.
  static func allLines(_ path: String) throws -> [String] { allLines(of: try read(path)) }

  static func allLines(of text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// The lines that are not blank.
  static func lines(_ path: String) throws -> [String] {
    try allLines(path).filter { !$0.allSatisfy(\.isWhitespace) }
  }
}
