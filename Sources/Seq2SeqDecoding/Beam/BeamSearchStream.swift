import Seq2SeqLosses

/// An incremental decoding session: feed frames as they arrive.
///
/// ```swift
/// let stream = decoder.stream()
/// while let piece = microphone.next() {
///   try stream.feed(piece, frames: piece.count / decoder.vocabulary.count)
///   show(stream.stableTokens, stream.hypotheses()[0].text)
/// }
/// print(stream.finish()[0].text)
/// ```
///
/// The final hypotheses are those of the whole sequence, to the bit, however it is divided. Only one task at a time may
/// use a stream. Memory: O(frames · vocabulary) if the options ask for spans, else at most O(frames · beam).
public final class BeamSearchStream {
  /// The decoder that made the stream.
  public let decoder: BeamSearchDecoder
  /// The number of frames fed.
  public private(set) var frames = 0
  private var search: BeamSearch
  // The frames, for the spans of the final hypotheses.
  private var rows: [Double] = []

  init(_ decoder: BeamSearchDecoder) {
    self.decoder = decoder
    search = decoder.search()
  }

  /// Feeds more frames of log-probabilities, `[frames, vocabulary]`.
  ///
  /// - Throws: `InputError` as ``BeamSearchDecoder/decode(_:frames:)``. The stream is unchanged then.
  public func feed<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int
  ) throws(InputError) {
    let layout = try decoder.vocabulary.layout(of: logProbabilities, frames: frames)
    try feed(logProbabilities.span, layout: layout)
  }

  /// Feeds the frames of sample 0 of an array.
  ///
  /// - Throws: `InputError` as ``feed(_:frames:)``, or if the array does not have one sample.
  public func feed<Element: LogitElement>(
    _ logProbabilities: Span<Element>, layout: LogitsLayout
  ) throws(InputError) {
    guard layout.batch == 1 else {
      throw InputError("logProbabilities", "a batch of \(layout.batch) fed to one stream")
    }
    try logProbabilities.withUnsafeBufferPointer { (buffer) throws(InputError) in
      let posteriors = try Posteriors(buffer, layout, decoder.vocabulary)
      try posteriors.check(0, decoder.vocabulary)
      posteriors.forEachFrame(0) { row in
        search.step(row)
        if decoder.options.findsSpans {
          rows.append(
            contentsOf: UnsafeBufferPointer(start: row, count: decoder.vocabulary.count))
        }
      }
      frames += layout.lengths[0]
    }
  }

  /// The tokens that all hypotheses begin with. Later frames cannot change them.
  public var stableTokens: [Int] { search.stableTokens() }

  /// The best hypotheses so far, without spans. Unfinished words and phrases have the scores that the search gives them.
  public func hypotheses(count: Int = 1) -> [Hypothesis] {
    search.hypotheses(decoder.vocabulary, count: max(0, count), isFinal: false)
  }

  /// The hypotheses of all frames fed, as if the sequence ended here. More frames may be fed afterwards.
  public func finish() -> [Hypothesis] {
    var hypotheses = search.hypotheses(
      decoder.vocabulary, count: decoder.options.hypothesisCount, isFinal: true)
    guard decoder.options.findsSpans else { return hypotheses }
    rows.withUnsafeBufferPointer { rows in
      do throws(InputError) {
        let layout = try LogitsLayout(
          batch: 1, time: frames, vocabulary: decoder.vocabulary.count)
        decoder.findSpans(&hypotheses, try Posteriors(rows, layout, decoder.vocabulary), 0)
      } catch {
        preconditionFailure("frames that were checked as they came: \(error)")
      }
    }
    return hypotheses
  }
}
