import ArgumentParser
import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles
import TextFiles

/// `seq2seq align`: forced alignment of known texts.
struct AlignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "align",
    abstract: "Find the frames of each word of known texts (forced alignment).",
    discussion: """
      POSTERIORS is an .npy, .npz or .safetensors file of log-probabilities, [batch, time, vocabulary] or \
      [time, vocabulary]. TEXTS has one line per utterance; if there is only one utterance, each line \
      is a segment of its text. Errors in utterances are printed to standard error; the exit code is then 1.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case json, ctm, textgrid, srt, vtt }

  @OptionGroup var input: PosteriorOptions
  @Argument(help: "The texts.") var texts: String
  @Option(help: "The output format.") var format = Format.json
  @Option(
    help: """
      Write a file for each utterance into this folder, named by the utterance's id, and print nothing. Needed for \
      TextGrid and subtitles of several utterances, because their times begin at 0 in each file.
      """)
  var outputFolder: String?
  @Option(help: "The duration of a frame in seconds.") var frameSeconds = 1.0
  @Option(help: "How paths collapse to labels.") var topology = CTCTopology.classic
  @Option(help: "How confidences are computed.") var confidence = ConfidenceMeasure.largest
  @Flag(help: "Replace words that the tokens cannot spell by wildcards.")
  var skipUnknownWords = false
  @Flag(
    help: """
      Spell texts exactly. Otherwise, in words that the tokens cannot spell, differences of case, typographic \
      punctuation and Unicode form are ignored, and punctuation that no token has is omitted.
      """)
  var exactSpelling = false
  @Flag(help: "Allow frames before, between and after the lines that belong to no text.")
  var gaps = false
  @Option(
    help: """
      With --gaps: the cost in nats of each frame of a gap that is not blank, in addition to the log-probability of \
      its best token. The higher the cost, the more frames the text keeps.
      """)
  var gapCost = 1.0
  @Option(
    help: "Write an HTML page that shows the posteriors, the paths and the words.")
  var html: String?
  @Option(help: "The maximum number of threads (default: all processors).") var threads: Int?

  func validate() throws {
    try checkThreads(threads)
    try checkFrameSeconds(frameSeconds)
    guard gapCost >= 0 else { throw ValidationError("--gap-cost: \(gapCost) is not 0 or above") }
  }

  func run() throws {
    try FileRoles.check(
      inputs: input.files + [("TEXTS", texts)], outputs: [("--html", html)])
    let input = try input.read()
    let isOneFile = ![.json, .ctm].contains(format)
    guard outputFolder != nil || !isOneFile || input.utterances.count < 2 else {
      throw TensorFileError(
        input.posteriors.path,
        "\(input.utterances.count) utterances, which --format \(format.rawValue) cannot hold in one output; "
          + "use --output-folder")
    }
    let files = try outputFolder.map {
      try UtteranceFiles(folder: $0, ids: input.names, suffix: format.rawValue)
    }
    try FileRoles.check(
      inputs: self.input.files + [("TEXTS", texts)],
      outputs: [("--html", html)] + (files?.paths.map { ("--output-folder", $0) } ?? []))
    try input.checkTokens(for: texts)
    let lines = try TextFile(contentsOf: texts).allLines
    let segments = input.utterances.count == 1 ? [lines] : lines.map { [$0] }
    guard segments.count == input.utterances.count else {
      throw TensorFileError(
        texts, "\(lines.count) texts for \(input.utterances.count) utterances")
    }
    var options = ForcedAligner.TextOptions()
    options.replacesUnknownWords = skipUnknownWords
    options.hasGaps = gaps
    options.gapLogProbability = -gapCost
    options.folding = exactSpelling ? [] : .all
    let job = AlignJob(
      input: input, segments: segments, options: options,
      aligner: ForcedAligner(input.vocabulary, topology: topology, confidence: confidence),
      format: format, frameSeconds: frameSeconds, threads: threads, pagePath: html, files: files)
    try input.check(failures: try input.posteriors.withLogits(job))
  }
}

/// Aligns the utterances of a file, a block at a time, and prints each alignment.
struct AlignJob: LogitsOperation {
  let input: PosteriorInput
  let segments: [[String]]
  let options: ForcedAligner.TextOptions
  let aligner: ForcedAligner
  let format: AlignCommand.Format
  let frameSeconds: Double
  let threads: Int?
  let pagePath: String?
  let files: UtteranceFiles?

  /// The number of utterances that failed.
  func run<Element: LogitElement & TensorElement>(_ posteriors: Span<Element>) throws -> Int {
    // Opened first, so that a path that cannot be written is reported before the work begins.
    let pageFile = try pagePath.map { try OutputFile($0) }
    var page = AlignmentPage()
    let failures = try input.forEachResult { part in
      try aligner.alignEach(
        posteriors, utterances: Array(input.utterances[part]), segments: Array(segments[part]),
        options: options, threads: threads)
    } _: { index, result in
      switch result {
      case .success(let alignment):
        let text = try text(alignment, input.names[index])
        if let files { try files.write(text, index) } else { try print(text, terminator: "") }
        guard pageFile != nil else { return }
        let layout = input.utterances[index]
        page.add(
          alignment, id: input.names[index], vocabulary: input.vocabulary,
          frameSeconds: frameSeconds
        ) { frame in
          (0..<layout.vocabulary).map { token in
            posteriors[
              layout.offset + frame * layout.timeStride + token * layout.vocabularyStride
            ].widened
          }
        }
      case .failure(let error): input.report(error, index)
      }
    }
    if let pageFile {
      try pageFile.write(page.html())
      try pageFile.flush()
      try StandardOutput.flush()
      try pageFile.finish()
    }
    return failures
  }

  private func text(_ alignment: Alignment, _ name: String) throws -> String {
    switch format {
    case .json: try jsonText(AlignedLine(id: name, alignment, frameSeconds)) + "\n"
    case .ctm: alignment.ctm(utterance: name, frameSeconds: frameSeconds)
    case .textgrid:
      alignment.textGrid(frameSeconds: frameSeconds) { token in
        token < 0 ? "*" : input.vocabulary.texts?[token] ?? String(token)
      }
    case .srt: alignment.subRip(frameSeconds: frameSeconds)
    case .vtt: alignment.webVTT(frameSeconds: frameSeconds)
    }
  }
}

/// A line of the output; times are in seconds.
private struct AlignedLine: Encodable {
  struct Span: Encodable {
    let text: String?
    let token: Int?
    let start: Double
    let end: Double
    let frames: [Int]
    let logProbability: Double
    let confidence: Double
  }

  let id: String
  let logProbability: Double
  let segments, words, tokens: [Span]

  init(id: String, _ alignment: Alignment, _ frameSeconds: Double) {
    func span(_ word: Hypothesis.Word) -> Span {
      Span(
        text: word.text, token: nil, start: frameSeconds * Double(word.frames.lowerBound),
        end: frameSeconds * Double(word.frames.upperBound),
        frames: [word.frames.lowerBound, word.frames.upperBound],
        logProbability: word.logProbability, confidence: word.confidence)
    }
    self.id = id
    logProbability = alignment.logProbability
    segments = alignment.segments.map(span)
    words = alignment.words.map(span)
    tokens = alignment.tokens.map { token in
      Span(
        text: nil, token: token.token, start: frameSeconds * Double(token.frames.lowerBound),
        end: frameSeconds * Double(token.frames.upperBound),
        frames: [token.frames.lowerBound, token.frames.upperBound],
        logProbability: token.logProbability, confidence: token.confidence)
    }
  }
}
