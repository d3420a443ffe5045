import Foundation
import TensorFiles

/// A file in a folder for each utterance, named by the utterance's id.
struct UtteranceFiles {
  /// The path of each utterance's file.
  let paths: [String]

  /// - Throws: ``TensorFileError`` if the folder cannot be created, or if two ids give the same
  ///   file name.
  init(folder: String, ids: [String], suffix: String) throws {
    paths = ids.map { folder + "/" + Self.fileName($0) + "." + suffix }
    // Some file systems do not distinguish upper and lower case.
    var known: [String: String] = [:]
    for (id, path) in zip(ids, paths) {
      if let other = known.updateValue(id, forKey: path.lowercased()) {
        throw TensorFileError(folder, "utterances '\(other)' and '\(id)' would be one file")
      }
    }
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
  }

  /// An id as a file name: letters, digits, `-`, `_`, spaces and all dots except a first one are
  /// kept; everything else is percent-encoded.
  static func fileName(_ id: String) -> String {
    var name = ""
    for (index, scalar) in id.unicodeScalars.enumerated() {
      let isKept =
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || "-_ ".unicodeScalars.contains(scalar) || (scalar == "." && index > 0)
      if isKept {
        name.unicodeScalars.append(scalar)
      } else {
        for byte in String(scalar).utf8 { name += String(format: "%%%02X", Int(byte)) }
      }
    }
    return name.isEmpty ? "%" : name
  }

  func write(_ text: String, _ index: Int) throws {
    let file = try OutputFile(paths[index])
    try file.write(text)
    try file.flush()
    try file.finish()
  }
}
