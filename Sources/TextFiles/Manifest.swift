import Foundation
import MappedFiles
import TensorFiles

/// A JSON file that describes posteriors in an array with one utterance after the other: `vocab`,
/// `blank`, and `items` of `id`, `offset` and `frames`.
package struct Manifest: Decodable, Equatable {
  /// The position of an utterance.
  package struct Item: Decodable, Equatable {
    /// The name of the utterance.
    package let id: String
    /// The first frame of the utterance.
    package let offset: Int
    /// The number of frames of the utterance.
    package let frames: Int
  }

  /// The texts of the tokens.
  package let vocab: [String]?
  /// The index of the blank.
  package let blank: Int?
  /// The utterances.
  package let items: [Item]

  /// Reads the file at `path`.
  ///
  /// - Throws: ``TensorFileError`` if the file cannot be read or is not a manifest.
  package init(contentsOf path: String) throws(TensorFileError) {
    let file = try MappedFile(path, .copied)
    try self.init(Data(file.bytes), path: path)
  }

  /// Reads a manifest from memory.
  ///
  /// - Throws: ``TensorFileError`` if the text is not a manifest.
  package init(_ json: Data, path: String = "") throws(TensorFileError) {
    do {
      self = try JSONDecoder().decode(Manifest.self, from: json)
    } catch {
      throw TensorFileError(path, "is not a manifest: \(Self.problem(error))")
    }
    if let key = JSONKeys(json).firstDuplicate {
      throw TensorFileError(path, "is not a manifest: it has '\(key)' twice")
    }
  }

  /// Describes a decoding error with the names in the file.
  private static func problem(_ error: any Error) -> String {
    func name(_ path: [any CodingKey]) -> String {
      let keys = path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
      return path.isEmpty ? "the whole" : String(keys.joined().drop { $0 == "." })
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "\(name(context.codingPath + [key])) is missing"
    case DecodingError.typeMismatch(let type, let context),
      DecodingError.valueNotFound(let type, let context):
      let kinds = ["Int": "an integer", "String": "a string", "Array<Any>": "an array"]
      return "\(name(context.codingPath)) is not \(kinds["\(type)"] ?? "an object")"
    case DecodingError.dataCorrupted(let context):
      let place = context.codingPath.isEmpty ? "" : "\(name(context.codingPath)): "
      return place + context.debugDescription
    default: return "\(error)"
    }
  }

  /// Checks that the utterances lie within an array of this many frames.
  ///
  /// - Throws: ``TensorFileError`` that names the first utterance that does not.
  package func check(frames: Int, path: String = "") throws(TensorFileError) {
    for item in items {
      guard item.offset >= 0, item.frames >= 0, item.frames <= frames - item.offset else {
        throw TensorFileError(path, "item '\(item.id)' is not within its \(frames) frames")
      }
    }
  }
}
