import ArgumentParser
import Foundation
import Seq2SeqLosses

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

  /// Exit codes: 0 for success, 1 for errors in one line, 2 for wrong usage. A closed pipe ends the command
  /// quietly, by the signal that it is for others (141 in a shell).
  static func main() {
    StandardOutput.reserveDescriptors()
    Interruption.prepare()
    do {
      try parseAndRun()
      try StandardOutput.finish()
    } catch {
      // What was printed before the error.
      try? StandardOutput.flush()
      if (error as? StandardOutput.Failure)?.isClosedPipe == true {
        Interruption.end(by: SIGPIPE)
      } else if exitCode(for: error) == .validationFailure {
        writeToStandardError(fullMessage(for: error))
        Foundation.exit(2)
      } else {
        writeToStandardError("error: \(line(for: error))")
        Foundation.exit(1)
      }
    }
  }

  private static func parseAndRun() throws {
    do {
      var command = try parseAsRoot()
      do {
        try command.run()
      } catch let error as InputError {
        throw CommandFailure(ArgumentNames.text(error, ArgumentNames.own(of: command)))
      }
    } catch  where exitCode(for: error) == .success {
      // Help and completion scripts.
      try print(fullMessage(for: error))
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

  static func writeToStandardError(_ text: String) { StandardError.write(text + "\n") }
}
