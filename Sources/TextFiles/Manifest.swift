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
  /// - Throws: ``TensorFileError`` where it is no manifest, or cannot be read.
  package init(contentsOf path: String) throws(TensorFileError) {
    let file = try MappedFile(path, .copied)
    try self.init(Data(file.bytes), path: path)
  }

  /// Reads a manifest from memory.
  ///
  /// - Throws: ``TensorFileError`` where it is no manifest.
  package init(_ json: Data, path: String = "") throws(TensorFileError) {
    do {
      self = try JSONDecoder().decode(Manifest.self, from: json)
    } catch {
      throw TensorFileError(path, "is no manifest: \(Self.problem(error))")
    }
    if let key = JSONKeys(json).firstDuplicate {
      throw TensorFileError(path, "is no manifest: it has '\(key)' twice")
    }
  }

  /// What is wrong, by the names that the file has.
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
      let kinds = ["Int": "integer", "String": "string", "Array<Any>": "array"]
      return "\(name(context.codingPath)) is no \(kinds["\(type)"] ?? "object")"
    case DecodingError.dataCorrupted(let context):
      let place = context.codingPath.isEmpty ? "" : "\(name(context.codingPath)): "
      return place + context.debugDescription
    default: return "\(error)"
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
