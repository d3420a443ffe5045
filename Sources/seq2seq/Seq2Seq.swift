import ArgumentParser
import Foundation

/// The command line: one file a subcommand.
@main
struct Seq2Seq: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seq2seq",
    abstract: "Losses, decoders and error rates of sequence models.",
    subcommands: [
      LossCommand.self, DecodeCommand.self, AlignCommand.self, SpotCommand.self,
      ScoreCommand.self, DemoCommand.self,
    ])

  /// Exit codes: 0 for success, 1 for errors in one line, 2 for wrong usage.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let code = exitCode(for: error)
      if code == .success {
        print(fullMessage(for: error))
      } else if code == .validationFailure {
        writeToStandardError(fullMessage(for: error))
        Foundation.exit(2)
      } else {
        writeToStandardError("error: \(message(for: error))")
        Foundation.exit(1)
      }
    }
  }

  static func writeToStandardError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
