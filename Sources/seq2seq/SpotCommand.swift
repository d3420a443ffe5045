import ArgumentParser
import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles
import TextFiles

/// `seq2seq spot`: finds phrases in posteriors.
struct SpotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spot",
    abstract: "Find phrases in CTC posteriors (keyword spotting).",
    discussion: """
      POSTERIORS is an .npy, .npz or .safetensors file of log-probabilities, [batch, time, vocabulary] or \
      [time, vocabulary]. PHRASES is a file with one phrase per line. A line of JSON is printed for each \
      detection.
      """)

  @OptionGroup var input: PosteriorOptions
  @Argument(help: "The phrases.") var phrases: String
  @OptionGroup var spelling: SpellingOptions
  @Option(help: "The minimum score of a detection, between 0 and 1.") var minimumScore = 0.5
  @Option(help: "The duration of a frame in seconds.") var frameSeconds = 1.0
  @Option(help: "The maximum number of threads (default: all processors).") var threads: Int?

  func validate() throws {
    try checkThreads(threads)
    try checkFrameSeconds(frameSeconds)
  }

  func run() throws {
    try FileRoles.check(inputs: input.files + [("PHRASES", phrases)], outputs: [])
    let input = try input.read()
    try input.checkTokens(for: phrases)
    let phrases = spelling.apply(
      to: try TextFile(contentsOf: self.phrases).numberedLines, input.vocabulary)
    let spotter = try ArgumentNames.withLines(
      ["phrases": phrases.map(\.number)], own: ArgumentNames.own(of: self)
    ) { () throws(InputError) in
      try KeywordSpotter(
        input.vocabulary, phrases: phrases.map(\.text), minimumScore: minimumScore,
        folding: spelling.folding)
    }
    let job = SpotJob(
      input: input, spotter: spotter, frameSeconds: frameSeconds, threads: threads)
    try input.check(failures: try input.posteriors.withLogits(job))
  }
}

/// Finds the phrases in the utterances of a file.
private struct SpotJob: LogitsOperation {
  let input: PosteriorInput
  let spotter: KeywordSpotter
  let frameSeconds: Double
  let threads: Int?

  private struct Line: Encodable {
    let id: String
    let phrase: String
    let start, end: Double
    let score: Double
  }

  /// The number of utterances that failed.
  func run<Element: LogitElement & TensorElement>(_ posteriors: Span<Element>) throws -> Int {
    try input.forEachResult { part in
      try spotter.spotEach(
        posteriors, utterances: Array(input.utterances[part]), threads: threads)
    } _: { index, result in
      switch result {
      case .success(let detections):
        for detection in detections {
          let line = Line(
            id: input.names[index], phrase: spotter.phrases[detection.phrase],
            start: frameSeconds * Double(detection.frames.lowerBound),
            end: frameSeconds * Double(detection.frames.upperBound), score: detection.score)
          try print(try jsonText(line))
        }
      case .failure(let error): input.report(error, index)
      }
    }
  }
}
