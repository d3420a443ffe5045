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
        writeToStandardError("error: \(line(for: error))")
        Foundation.exit(1)
      }
    }
  }

  /// What is wrong, in one line; Foundation's own errors of files fill several.
  private static func line(for error: any Error) -> String {
    guard let error = error as? CocoaError else { return message(for: error) }
    let cause = error.underlying.map { $0 as NSError }
    let problem =
      if let cause, cause.domain == NSPOSIXErrorDomain {
        String(cString: strerror(Int32(cause.code)))
      } else { error.localizedDescription }
    guard let path = error.url?.relativePath ?? error.filePath else { return problem }
    return "\(path): \(problem)"
  }

  static func writeToStandardError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
