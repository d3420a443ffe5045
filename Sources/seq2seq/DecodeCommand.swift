import ArgumentParser
import Foundation
import NGramModels
import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles
import TextFiles

/// `seq2seq decode`: decodes posteriors from a file.
struct DecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode",
    abstract: "Decode CTC posteriors: find the most probable texts.",
    discussion: """
      POSTERIORS is an .npy, .npz or .safetensors file of log-probabilities, [batch, time, vocabulary] or \
      [time, vocabulary]. A line of JSON is printed for each utterance, with its best hypotheses or \
      its error; the exit code is 1 if there was an error. Scores are in nats.
      """)

  @OptionGroup var input: PosteriorOptions
  @Flag(help: "Collapse the best token of each frame instead of searching.") var greedy = false
  @Option(help: "How paths collapse to labels.") var topology = CTCTopology.classic
  @Option(help: "The number of prefixes kept after each frame.") var beamWidth = 64
  @Option(help: "Drop prefixes that score this many nats below the best.") var beamThreshold = 10.0
  @Option(help: "Ignore tokens that are this many nats below the best token of their frame.")
  var tokenPruneThreshold = 8.0
  @Option(help: "The number of hypotheses to print.") var nbest = 1
  @Option(help: "An ARPA file (also gzipped) or a KenLM binary.") var languageModel: String?
  @Option(help: "The unit that the language model scores.") var languageModelUnit =
    LanguageModelFusion.Unit.word
  @Option(parsing: .unconditional, help: "The weight of the language model.")
  var languageModelWeight = 0.5
  @Option(
    parsing: .unconditional,
    help: "Added for each word (or token, with that unit) that the language model scores.")
  var wordBonus = 0.0
  @Option(
    parsing: .unconditional, help: "Added for each word that the language model does not know.")
  var unknownWordPenalty = -10.0
  @Option(
    help: "A file of allowed words, one per line, optionally followed by a tab and its tokens.")
  var lexicon: String?
  @Option(
    help: "A file of phrases to prefer, one per line, optionally followed by a tab and a boost.")
  var hotwords: String?
  @Option(parsing: .unconditional, help: "The boost of phrases without one in the file.")
  var hotwordBoost = 10.0
  @OptionGroup var spelling: SpellingOptions
  @Flag(inversion: .prefixedNo, help: "Print the frames of tokens and words.") var spans = true
  @Option(help: "How confidences are computed.") var confidence = ConfidenceMeasure.largest
  @Option(help: "The maximum number of threads (default: all processors).") var threads: Int?

  func validate() throws {
    try checkThreads(threads)
  }

  func run() throws {
    try FileRoles.check(
      inputs: input.files + [
        ("--language-model", languageModel), ("--lexicon", lexicon), ("--hotwords", hotwords),
      ], outputs: [])
    let input = try input.read()
    let options = BeamSearchOptions(
      topology: topology, beamWidth: beamWidth, beamThreshold: beamThreshold,
      tokenPruneThreshold: tokenPruneThreshold, hypothesisCount: nbest, findsSpans: spans,
      confidence: confidence)
    var fusion = try languageModel.map {
      LanguageModelFusion(try NGramModel(contentsOf: $0), unit: languageModelUnit)
    }
    fusion?.weight = languageModelWeight
    fusion?.insertionBonus = wordBonus
    fusion?.unknownPenalty = unknownWordPenalty
    let words = try lexicon.map { path in
      let file = try TextFile(contentsOf: path)
      return spelling.apply(
        to: try file.lexicon(input.vocabulary), lines: file.lineNumbers, input.vocabulary)
    }
    let phrases = try hotwords.map { path in
      let file = try TextFile(contentsOf: path)
      return spelling.apply(
        to: try file.phrases(boost: hotwordBoost), lines: file.lineNumbers, input.vocabulary)
    }
    let decoder = try ArgumentNames.withLines(
      ["lexicon": words?.lines, "phrases": phrases?.lines], own: ArgumentNames.own(of: self)
    ) { () throws(InputError) in
      try BeamSearchDecoder(
        input.vocabulary, options: options, languageModel: fusion, lexicon: words?.lexicon,
        phrases: phrases?.phrases)
    }
    let job = DecodeJob(
      input: input, decoder: decoder, isGreedy: greedy, threads: threads)
    try input.check(failures: try input.posteriors.withLogits(job))
  }
}

/// - Throws: A usage error unless the number of threads is positive.
func checkThreads(_ threads: Int?) throws {
  if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
}

/// - Throws: A usage error if a frame takes no time, or so much that times cannot be printed.
func checkFrameSeconds(_ seconds: Double) throws {
  guard seconds > 0, seconds < 1e6 else {
    throw ValidationError("--frame-seconds must be above 0 and below 1000000")
  }
}

/// An error with a message of one line.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension LanguageModelFusion.Unit: ExpressibleByArgument {}
extension ConfidenceMeasure: ExpressibleByArgument {}
extension TokenTextFormat: ExpressibleByArgument {}
extension PieceMarks: ExpressibleByArgument {}

/// The arguments that describe the posteriors and their tokens.
struct PosteriorOptions: ParsableArguments {
  @Argument(help: "Log-probabilities.") var posteriors: String
  @Option(
    help: """
      A file with the texts of the tokens: a list, a list with indices (k2, ESPnet) or scores \
      (SentencePiece), a vocab.json, or PaddleOCR's dictionary.
      """)
  var labels: String?
  @Option(help: "The format of the labels (default: detected from the content).")
  var labelsFormat: TokenTextFormat?
  @Option(
    help: """
      The index of the blank (default: the manifest's, that of a label named like a blank, or 0). If the model has \
      one output more than there are labels, the blank is inserted at this index.
      """)
  var blank: Int?
  @Option(
    help: """
      The token between words; empty for scripts without spaces (default: the space, <space> or |, \
      whichever is among the labels).
      """)
  var wordSeparator: String?
  @Option(help: "How the texts of tokens mark the beginnings and ends of words.")
  var pieces = PieceMarks.sentencePiece
  @Option(help: "A file with the number of valid frames of each utterance, [batch].")
  var lengths: String?
  @Option(help: "The name of the posteriors in an .npz or .safetensors file.")
  var posteriorsName: String?
  @Option(help: "The name of the lengths in an .npz or .safetensors file.")
  var lengthsName: String?
  @Option(
    help: """
      A JSON file with "vocab", "blank" and "items" of "id", "offset" and "frames". The posteriors are then \
      [time, vocabulary], with the utterances one after the other.
      """)
  var manifest: String?

  func validate() throws {
    guard lengthsName == nil || lengths != nil else {
      throw ValidationError("--lengths-name needs --lengths")
    }
  }

  /// The input files, with the names of their arguments.
  var files: [FileRoles.Role] {
    [
      ("POSTERIORS", posteriors), ("--labels", labels), ("--lengths", lengths),
      ("--manifest", manifest),
    ]
  }

  func read() throws -> PosteriorInput {
    try PosteriorInput(
      path: posteriors, name: posteriorsName, labels: labels, labelsFormat: labelsFormat,
      blank: blank, lengths: lengths, lengthsName: lengthsName, manifest: manifest,
      wordSeparator: wordSeparator, pieces: pieces)
  }
}
