import ArgumentParser
import Foundation
import Seq2SeqLosses

/// The command line; each subcommand has its own file.
@main
struct Seq2Seq: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seq2seq",
    abstract: "Losses, decoders, alignments and error rates for sequence models.",
    subcommands: [
      LossCommand.self, DecodeCommand.self, AlignCommand.self, SpotCommand.self,
      ScoreCommand.self, DemoCommand.self,
    ])

  /// Exit codes: 0 for success, 1 for bad input or a failed write, 2 for wrong usage. If the reader
  /// of a pipe closes it, the command ends without a message, by SIGPIPE (141 in a shell).
  static func main() {
    StandardOutput.reserveDescriptors()
    Interruption.prepare()
    do {
      try parseAndRun()
      try StandardOutput.finish()
    } catch {
      // Prints the output that preceded the error.
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

  /// The error in one line; Foundation's file errors have several.
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
