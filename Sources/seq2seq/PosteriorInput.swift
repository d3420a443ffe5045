import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles
import TextFiles

/// Posteriors of many utterances from a file, and their vocabulary.
struct PosteriorInput {
  let posteriors: Tensor
  let vocabulary: TokenVocabulary
  /// The layout of each utterance, a batch of one sample.
  let utterances: [LogitsLayout]
  /// The name of each utterance.
  let names: [String]

  /// - Parameters:
  ///   - labels: A file with the texts of the tokens, in the format `labelsFormat`.
  ///   - manifest: A JSON file with `vocab`, `blank` and `items` of `id`, `offset` and `frames`.
  ///     The array is then `[frames, vocabulary]` with all items one after the other.
  init(
    path: String, name: String?, labels: String?, labelsFormat: TokenTextFormat?, blank: Int?,
    lengths: String?, lengthsName: String?, manifest: String?, wordSeparator: String?,
    pieces: PieceMarks
  ) throws {
    posteriors = try ArrayFile.read(path, name: name)
    let layout = try ArrayFile.layout(of: posteriors, lengths: lengths, lengthsName: lengthsName)
    let manifestPath = manifest
    let manifest = try manifest.map(Manifest.init(contentsOf:))
    if blank == nil, let manifestPath, let own = manifest?.blank,
      !(0..<layout.vocabulary).contains(own)
    {
      throw TensorFileError(
        manifestPath, "the blank, \(own), is outside 0..<\(layout.vocabulary)")
    }
    let blank = blank ?? manifest?.blank
    if let labels {
      let tokens = try TextFile(contentsOf: labels).tokens(
        format: labelsFormat, count: layout.vocabulary, blank: blank)
      vocabulary = try TokenVocabulary(
        tokens, blank: blank, wordSeparator: wordSeparator, pieces: pieces)
    } else if let manifestPath, let texts = manifest?.vocab {
      let tokens: TokenFile
      do throws(InputError) {
        tokens = try TokenFile(texts: texts, count: layout.vocabulary, blank: blank)
      } catch {
        throw TensorFileError(manifestPath, error.problem)
      }
      vocabulary = try TokenVocabulary(
        tokens.texts, blank: blank ?? 0, wordSeparator: wordSeparator ?? " ", pieces: pieces)
    } else {
      vocabulary = try TokenVocabulary(count: layout.vocabulary, blank: blank ?? 0)
    }
    func utterance(_ sample: Int, _ first: Int, _ frames: Int) throws -> LogitsLayout {
      try LogitsLayout(
        batch: 1, time: frames, vocabulary: layout.vocabulary,
        strides: (0, layout.timeStride, layout.vocabularyStride),
        offset: sample * layout.batchStride + first * layout.timeStride)
    }
    if let manifest {
      if layout.batch != 1, let item = manifest.items.first {
        throw TensorFileError(
          path,
          "item '\(item.id)' is a part of [time, vocabulary], but the array has a batch of \(layout.batch)"
        )
      }
      try manifest.check(frames: layout.time, path: path)
      utterances = try manifest.items.map { try utterance(0, $0.offset, $0.frames) }
      names = manifest.items.map(\.id)
    } else {
      utterances = try layout.lengths.enumerated().map { try utterance($0, 0, $1) }
      names = layout.lengths.indices.map(String.init)
    }
  }

  /// Processes the utterances in blocks, and passes on the result of each.
  ///
  /// - Returns: The number of utterances that failed.
  func forEachResult<Value>(
    of work: (_ part: Range<Int>) throws -> [Result<Value, InputError>],
    _ body: (_ index: Int, Result<Value, InputError>) throws -> Void
  ) throws -> Int {
    var progress = ProgressBar(total: utterances.count)
    defer { progress.finish() }
    var failures = 0
    // Enough utterances to occupy every processor, but few enough to print results meanwhile.
    for first in stride(from: 0, to: utterances.count, by: 64) {
      let part = first..<min(first + 64, utterances.count)
      for (index, result) in zip(part, try work(part)) {
        if case .failure = result { failures += 1 }
        try body(index, result)
      }
      progress.update(part.upperBound)
    }
    return failures
  }

  /// Reports an utterance's error on standard error.
  func report(_ error: InputError, _ index: Int) {
    Seq2Seq.writeToStandardError("error: utterance \(names[index]): \(ArgumentNames.text(error))")
  }

  /// - Throws: `TensorFileError` if there are no tokens that could spell the texts of a file.
  func checkTokens(for path: String) throws {
    guard vocabulary.texts != nil else {
      throw TensorFileError(path, "no tokens to spell it with; pass --labels")
    }
  }

  /// - Throws: ``CommandFailure`` if utterances failed.
  func check(failures: Int) throws {
    guard failures == 0 else {
      throw CommandFailure("\(failures) of \(utterances.count) utterances failed")
    }
  }
}
