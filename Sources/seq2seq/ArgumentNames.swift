import Seq2SeqLosses

/// Rewrites the errors of the libraries with the command line's names of the arguments.
enum ArgumentNames {
  private static let names = [
    "logProbabilities": "POSTERIORS", "beamWidth": "--beam-width",
    "beamThreshold": "--beam-threshold", "tokenPruneThreshold": "--token-prune-threshold",
    "hypothesisCount": "--nbest", "weight": "--language-model-weight",
    "insertionBonus": "--word-bonus", "unknownPenalty": "--unknown-word-penalty",
    "languageModel": "--language-model", "lexicon": "--lexicon", "phrases": "--hotwords",
    "minimumScore": "--minimum-score", "blank": "--blank", "lengths": "--lengths",
    "labelLengths": "--label-lengths", "hessian": "--hessian", "threads": "--threads",
    "confidence": "--confidence", "resamples": "--resamples", "segments": "TEXTS",
    "text": "TEXTS", "targets": "TEXTS", "gapLogProbability": "--gap-cost",
  ]
  // Arguments of a single utterance. The code that prints the error names the utterance.
  private static let ofUtterances: Set = ["POSTERIORS", "TEXTS"]

  /// An error as one line of text. A position is a frame of posteriors, a token, a word of a text,
  /// or an entry of a list.
  ///
  /// - Parameters:
  ///   - own: Names that are different in a command.
  ///   - lines: For each argument that is a list in a file, the line number of each entry.
  static func text(
    _ error: InputError, _ own: [String: String] = [:], lines: [String: [Int]] = [:]
  ) -> String {
    // Without a position, the vocabulary is an axis of an array.
    let token = error.argument == "vocabulary" && error.position != nil ? "--labels" : nil
    guard let name = token ?? own[error.argument] ?? names[error.argument] else {
      return error.description
    }
    var text = name
    if let sample = error.sample, !ofUtterances.contains(name) { text += ", sample \(sample)" }
    if let position = error.position {
      switch name {
      case "POSTERIORS": text += ", frame \(position)"
      case "TEXTS": text += ", word \(position + 1)"
      case "--labels": text += ", token \(position)"
      default:
        if let lines = lines[error.argument], lines.indices.contains(position) {
          text += ", line \(lines[position])"
        } else {
          text += ", entry \(position + 1)"
        }
      }
    }
    return "\(text): \(error.problem)"
  }

  /// Runs `body`. Errors about entries of lists name the lines of the entries.
  ///
  /// - Throws: ``CommandFailure``.
  static func withLines<Value>(
    _ lines: [String: [Int]?], own: [String: String] = [:], _ body: () throws(InputError) -> Value
  ) throws -> Value {
    do throws(InputError) {
      return try body()
    } catch {
      throw CommandFailure(text(error, own, lines: lines.compactMapValues { $0 }))
    }
  }

  /// The names that are different in a command.
  static func own(of command: Any) -> [String: String] {
    switch command {
    case is SpotCommand: ["phrases": "PHRASES", "vocabulary": "POSTERIORS"]
    case is LossCommand: ["lengths": "--logit-lengths"]
    case is DecodeCommand, is AlignCommand: ["vocabulary": "POSTERIORS"]
    default: [:]
    }
  }
}
