import ArgumentParser
import Foundation
import NGramModels
import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles
import TextFiles

/// `seq2seq decode`: texts of posteriors in a file.
struct DecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode",
    abstract: "The most probable texts of CTC posteriors in a file.",
    discussion: """
      POSTERIORS is an .npy, .npz or .safetensors file of log-probabilities, [batch, time, vocabulary] or
      [time, vocabulary]. A line of JSON is printed for each utterance, with its best hypotheses or
      with what is wrong with it; the exit code is 1 if anything was. Scores are in nats.
      """)

  @OptionGroup var input: PosteriorOptions
  @Flag(help: "Collapse the best token of each frame instead of searching.") var greedy = false
  @Option(help: "How paths collapse to labels.") var topology = CTCTopology.classic
  @Option(help: "How many prefixes are kept after each frame.") var beamWidth = 64
  @Option(help: "Drop prefixes this far below the best.") var beamThreshold = 10.0
  @Option(help: "Extend by no token this far below its frame's best.")
  var tokenPruneThreshold = 8.0
  @Option(help: "How many hypotheses to print.") var nbest = 1
  @Option(help: "An ARPA file (also gzipped) or a KenLM binary.") var languageModel: String?
  @Option(help: "What the language model scores.") var languageModelUnit =
    LanguageModelFusion.Unit.word
  @Option(parsing: .unconditional, help: "The weight of the language model.")
  var languageModelWeight = 0.5
  @Option(parsing: .unconditional, help: "What each word (or token, with that unit) adds.")
  var wordBonus = 0.0
  @Option(
    parsing: .unconditional, help: "What each word adds that the language model does not know.")
  var unknownWordPenalty = -10.0
  @Option(help: "Words that may be written: a file of words, or of a word, a tab and its tokens.")
  var lexicon: String?
  @Option(help: "Phrases to prefer: a file with a phrase a line, or a phrase, a tab and its boost.")
  var hotwords: String?
  @Option(parsing: .unconditional, help: "What a phrase adds if the file does not say.")
  var hotwordBoost = 10.0
  @OptionGroup var spelling: SpellingOptions
  @Flag(inversion: .prefixedNo, help: "Print the frames of tokens and words.") var spans = true
  @Option(help: "The confidence of tokens and words.") var confidence = ConfidenceMeasure.largest
  @Option(help: "The most threads to use (default: all processors).") var threads: Int?

  func validate() throws {
    try checkThreads(threads)
  }

  func run() throws {
    try FileRoles.check(
      inputs: input.files + [
        ("--language-model", languageModel), ("--lexicon", lexicon), ("--hotwords", hotwords),
      ], outputs: [])
    let input = try input.read()
    var options = BeamSearchOptions()
    options.topology = topology
    options.beamWidth = beamWidth
    options.beamThreshold = beamThreshold
    options.tokenPruneThreshold = tokenPruneThreshold
    options.hypothesisCount = nbest
    options.findsSpans = spans
    options.confidence = confidence
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

/// - Throws: An error of usage where there would be no thread.
func checkThreads(_ threads: Int?) throws {
  if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
}

/// - Throws: An error of usage where frames would take no time, or more than could be written.
func checkFrameSeconds(_ seconds: Double) throws {
  guard seconds > 0, seconds < 1e6 else {
    throw ValidationError("--frame-seconds must be above 0 and below 1000000")
  }
}

/// An error of one line.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension LanguageModelFusion.Unit: ExpressibleByArgument {}
extension ConfidenceMeasure: ExpressibleByArgument {}
extension TokenTextFormat: ExpressibleByArgument {}
extension PieceMarks: ExpressibleByArgument {}

/// The arguments that say where posteriors are, and what their tokens mean.
struct PosteriorOptions: ParsableArguments {
  @Argument(help: "Log-probabilities.") var posteriors: String
  @Option(
    help: """
      The texts of the tokens: a list, with indices (k2, ESPnet) or scores (SentencePiece), a \
      vocab.json, or PaddleOCR's dictionary.
      """)
  var labels: String?
  @Option(help: "The form of that file (default: told by what is in it).")
  var labelsFormat: TokenTextFormat?
  @Option(
    help: """
      The blank's index (default: the manifest's, the labels' by its name, or 0). Where the labels are one fewer than \
      the outputs, the blank is put there.
      """)
  var blank: Int?
  @Option(
    help: """
      The token between words; empty for scripts without spaces (default: the labels' space, \
      <space> or |).
      """)
  var wordSeparator: String?
  @Option(help: "How the texts of tokens say where words begin and end.")
  var pieces = PieceMarks.sentencePiece
  @Option(help: "Valid frames of each utterance, [batch], in a file of the same kinds.")
  var lengths: String?
  @Option(help: "The posteriors' name in an .npz or .safetensors file.")
  var posteriorsName: String?
  @Option(help: "The lengths' name in an .npz or .safetensors file.") var lengthsName: String?
  @Option(
    help: """
      A JSON file with "vocab", "blank" and "items" of "id", "offset" and "frames", for utterances one \
      after the other in [time, vocabulary].
      """)
  var manifest: String?

  func validate() throws {
    guard lengthsName == nil || lengths != nil else {
      throw ValidationError("--lengths-name needs --lengths")
    }
  }

  /// The files that are read, by the names of their arguments.
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
