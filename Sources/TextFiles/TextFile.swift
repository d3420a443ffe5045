import Foundation
import MappedFiles
import TensorFiles

/// A text file in memory, and its lines.
///
/// Lines end with LF or CRLF; a byte order mark is skipped. `path` is only used in errors.
package struct TextFile {
  /// The path of the file.
  package let path: String
  /// The text; its lines end with LF.
  package let text: String

  /// Reads the file at `path`.
  ///
  /// - Throws: ``TensorFileError`` if the file cannot be read or is not UTF-8.
  package init(contentsOf path: String) throws(TensorFileError) {
    let file = try MappedFile(path, .copied)
    try self.init(file.bytes, path: path)
  }

  /// A text from its bytes.
  ///
  /// - Throws: ``TensorFileError`` if they are not UTF-8.
  package init(_ bytes: some Collection<UInt8>, path: String = "") throws(TensorFileError) {
    if [[0xFF, 0xFE], [0xFE, 0xFF]].contains(Array(bytes.prefix(2))) {
      throw TensorFileError(path, "UTF-16, where UTF-8 is read")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw TensorFileError(path, "not UTF-8")
    }
    self.path = path
    // By scalars, because CRLF is one `Character`, and so is a line end with a combining mark. A
    // byte order mark is not part of the text.
    let content = text.unicodeScalars
    var scalars = String.UnicodeScalarView()
    for scalar in content.first == "\u{FEFF}" ? content.dropFirst() : content[...] {
      if scalar == "\n" && scalars.last == "\r" { scalars.removeLast() }
      scalars.append(scalar)
    }
    self.text = String(scalars)
  }

  /// The lines, including blank ones.
  package var allLines: [String] {
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { String($0) }
  }

  /// The lines that are not blank.
  package var lines: [String] { numberedLines.map(\.text) }

  /// The lines that are not blank, with their line numbers from 1, as in an editor.
  package var numberedLines: [(number: Int, text: String)] {
    allLines.enumerated().map { ($0 + 1, $1) }.filter { !$0.1.allSatisfy(\.isWhitespace) }
  }

  /// The line number of each entry of a list. Entries are the lines that are not blank.
  package var lineNumbers: [Int] { numberedLines.map(\.number) }
}
