import Foundation

/// Programs that the package builds.
enum Program {
  struct Outcome: Equatable {
    let code: Int32
    let output: String
    let errors: String
  }

  private final class Anchor {}

  /// Where a program is.
  static func url(_ name: String) -> URL {
    #if os(macOS)
      let products = Bundle(for: Anchor.self).bundleURL.deletingLastPathComponent()
    #else
      let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    #endif
    return products.appendingPathComponent(name)
  }

  /// Runs one of them in a directory; what it prints must fit into pipes.
  static func run(_ name: String, _ arguments: [String], in directory: URL) throws -> Outcome {
    try run(url(name), arguments, in: directory)
  }

  /// Runs any program, with variables added to the environment.
  static func run(
    _ executable: URL, _ arguments: [String], in directory: URL,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = executable
    if !environment.isEmpty {
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    }
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
