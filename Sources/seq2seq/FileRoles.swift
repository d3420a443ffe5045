import Foundation
import TensorFiles

/// The input and output files of a command, with the names of their arguments.
struct FileRoles {
  /// An argument as the user writes it, such as `--html`, and its path.
  typealias Role = (name: String, path: String?)

  /// - Throws: ``CommandFailure`` if an output (or standard output) is the same file as an input or
  ///   another output, whatever their paths; ``TensorFileError`` if an output is a folder.
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
