import Seq2SeqLosses

/// Errors of the libraries under the names that the command line has for their arguments.
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
  ]

  /// One line for a person; a position is a frame of posteriors or an entry of a file.
  ///
  /// - Parameter own: Names that differ in a command.
  static func text(_ error: InputError, _ own: [String: String] = [:]) -> String {
    guard let name = own[error.argument] ?? names[error.argument] else {
      return error.description
    }
    var text = name
    // An utterance is named by whoever prints the error.
    if let sample = error.sample, name != "POSTERIORS" { text += ", sample \(sample)" }
    if let position = error.position {
      text += name == "POSTERIORS" ? ", frame \(position)" : ", entry \(position + 1)"
    }
    return "\(text): \(error.problem)"
  }

  /// The names that differ in a command.
  static func own(of command: Any) -> [String: String] {
    switch command {
    case is SpotCommand: ["phrases": "PHRASES"]
    case is LossCommand: ["lengths": "--logit-lengths"]
    default: [:]
    }
  }
}
