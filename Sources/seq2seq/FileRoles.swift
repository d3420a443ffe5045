import Foundation
import TensorFiles

/// The files that a command reads and writes, by the names of its arguments.
struct FileRoles {
  /// An argument as the user knows it, such as `--html`, and the path given for it.
  typealias Role = (name: String, path: String?)

  /// - Throws: ``CommandFailure`` where an output, standard output too, is an input's file or another
  ///   output's, by whatever path; ``TensorFileError`` where an output names a folder.
  static func check(inputs: [Role], outputs: [Role]) throws {
    var owners: [FileIdentity: String] = [:]
    for case (let name, let path?) in inputs {
      if let identity = FileIdentity(input: path) { owners[identity] = "\(name) \(path)" }
    }
    func claim(_ identity: FileIdentity?, _ role: String) throws {
      guard let identity else { return }
      if let owner = owners.updateValue(role, forKey: identity) {
        throw CommandFailure("\(role) would overwrite \(owner)")
      }
    }
    try claim(FileIdentity(descriptor: STDOUT_FILENO), "standard output")
    for case (let name, let path?) in outputs {
      try claim(FileIdentity(output: path), "\(name) \(path)")
    }
  }
}
