import Foundation
import TensorFiles

/// A file for each utterance in a folder, named by its id.
struct UtteranceFiles {
  /// The file of each utterance.
  let paths: [String]

  /// - Throws: ``TensorFileError`` where the folder is none and cannot be made, or two ids have one name.
  init(folder: String, ids: [String], suffix: String) throws {
    paths = ids.map { folder + "/" + Self.fileName($0) + "." + suffix }
    // Some file systems take upper and lower case for one.
    var known: [String: String] = [:]
    for (id, path) in zip(ids, paths) {
      if let other = known.updateValue(id, forKey: path.lowercased()) {
        throw TensorFileError(folder, "utterances '\(other)' and '\(id)' would be one file")
      }
    }
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
  }

  /// An id as a name that is one file in the folder: letters, digits, `-`, `_`, spaces and dots but the first
  /// stay, all else is percent-encoded.
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
