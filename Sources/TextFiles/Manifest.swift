import Foundation
import TensorFiles

/// What a JSON file says of posteriors that lie in an array one utterance after the other: `vocab`, `blank`, and
/// `items` of `id`, `offset` and `frames`.
package struct Manifest: Decodable, Equatable {
  /// Where an utterance is.
  package struct Item: Decodable, Equatable {
    /// What it is called.
    package let id: String
    /// Its first frame.
    package let offset: Int
    /// How many frames it has.
    package let frames: Int
  }

  /// The texts of the tokens.
  package let vocab: [String]?
  /// Which token is the blank.
  package let blank: Int?
  /// The utterances.
  package let items: [Item]

  /// Reads the file at `path`.
  ///
  /// - Throws: ``TensorFileError`` where it is no manifest, or Foundation's error where it cannot be read.
  package init(contentsOf path: String) throws {
    try self.init(Data(contentsOf: URL(fileURLWithPath: path)), path: path)
  }

  /// Reads a manifest from memory.
  ///
  /// - Throws: ``TensorFileError`` where it is no manifest.
  package init(_ json: Data, path: String = "") throws(TensorFileError) {
    do {
      self = try JSONDecoder().decode(Manifest.self, from: json)
    } catch {
      throw TensorFileError(path, "is no manifest: \(error)")
    }
  }

  /// Checks that the utterances are within an array of so many frames.
  ///
  /// - Throws: ``TensorFileError`` naming the first one that is not.
  package func check(frames: Int, path: String = "") throws(TensorFileError) {
    for item in items {
      guard item.offset >= 0, item.frames >= 0, item.frames <= frames - item.offset else {
        throw TensorFileError(path, "item '\(item.id)' is not within its \(frames) frames")
      }
    }
  }
}
