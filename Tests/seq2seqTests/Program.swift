import Foundation

/// Programs that the package builds.
enum Program {
  struct Outcome: Equatable {
    let code: Int32
    let output: String
    let errors: String
  }

  private final class Anchor {}

  /// Runs one of them in a directory; what it prints must fit into pipes.
  static func run(_ name: String, _ arguments: [String], in directory: URL) throws -> Outcome {
    #if os(macOS)
      let products = Bundle(for: Anchor.self).bundleURL.deletingLastPathComponent()
    #else
      let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    #endif
    let process = Process()
    process.executableURL = products.appendingPathComponent(name)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // Both are far below a pipe's buffer.
    process.waitUntilExit()
    return Outcome(
      code: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self),
      errors: String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
  }
}
