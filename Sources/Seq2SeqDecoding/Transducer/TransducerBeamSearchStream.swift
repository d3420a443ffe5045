import Seq2SeqLosses

/// An incremental beam search over a transducer's outputs: feed frames as they arrive.
///
/// ```swift
/// let stream = decoder.stream(model: model)
/// while let frames = encoder.next() {
///   try stream.feed(frames)
///   show(stream.stableTokens, stream.hypotheses()[0].text)
/// }
/// print(stream.finish()[0].text)
/// ```
///
/// The final hypotheses are those of the whole utterance, to the bit, however it is divided. Only one task at a time may
/// use a stream. No frame is kept. Memory: at most O(frames · beam), and the predictor's states for the prefixes of the
/// beams.
public final class TransducerBeamSearchStream<Model: TransducerModel> {
  /// The decoder that made the stream.
  public let decoder: TransducerBeamSearchDecoder
  /// The number of frames decoded.
  public private(set) var frames = 0
  private var search: TransducerBeamSearch
  private var states: PredictorStates<Model>
  private var isFeeding = false

  // The number of prefixes or traces above which those that no beam comes from are dropped.
  private let limit: Int

  init(_ decoder: TransducerBeamSearchDecoder, _ model: Model, limit: Int = 1 << 14) {
    self.decoder = decoder
    self.limit = limit
    search = TransducerBeamSearch(decoder)
    states = PredictorStates(model)
  }

  /// Feeds more frames.
  ///
  /// - Throws: As ``TransducerBeamSearchDecoder/decode(_:model:)``. The frames before the invalid one are decoded then,
  ///   ``frames`` counts them, and the frames fed next take the place of the others.
  ///   `InputError` if a function of the model feeds the stream that called it.
  public func feed(_ frames: some Collection<Model.Frame>) throws {
    guard !isFeeding else { throw InputError("stream", "fed by a function of its own model") }
    isFeeding = true
    defer { isFeeding = false }
    for frame in frames {
      let number = search.frames
      try search.step { prefixes, tree, rows in
        try rows.append(
          states.logits(at: frame, prefixes, tree),
          Array(repeating: .init(sample: nil, frame: number), count: prefixes.count))
      }
      self.frames = search.frames
      states.keep(search.prefixes, search.expansion.tree)
      if let numbers = search.compactIfLarge(above: limit) { states.renumber(numbers) }
    }
  }

  /// The tokens that all hypotheses begin with. Later frames cannot change them.
  ///
  /// - Precondition: No function of the stream's own model is running. The same holds for the
  ///   hypotheses.
  public var stableTokens: [Int] {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.expansion.tree.commonTokens(of: search.prefixes)
  }

  /// The best hypotheses so far. Unfinished words and phrases, and moves to frames that have not come, have the scores that
  /// the search gives them.
  public func hypotheses(count: Int = 1) -> [Hypothesis] {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.hypotheses(decoder.vocabulary, count: max(0, count), isFinal: false)
  }

  /// The hypotheses of all frames fed, as if the utterance ended here. More frames may be fed afterwards.
  public func finish() -> [Hypothesis] {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.hypotheses(
      decoder.vocabulary, count: decoder.options.hypothesisCount, isFinal: true)
  }
}
