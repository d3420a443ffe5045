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
/// The final hypotheses equal those of the whole utterance to the bit, however it is divided. Use a
/// stream from one task at a time. Frames are not kept. Memory is at most O(frames · beam), plus
/// the predictor's states for the prefixes of the beams.
public final class TransducerBeamSearchStream<Model: TransducerModel> {
  /// The decoder of the stream.
  public let decoder: TransducerBeamSearchDecoder
  /// The number of frames that were consumed.
  public private(set) var frames = 0
  private var search: TransducerBeamSearch
  private var states: PredictorStates<Model>
  private var isFeeding = false

  // The number of prefixes or traces from which on those that the beams do not descend from are
  // dropped.
  private let limit: Int

  init(_ decoder: TransducerBeamSearchDecoder, _ model: Model, limit: Int = 1 << 14) {
    self.decoder = decoder
    self.limit = limit
    search = TransducerBeamSearch(decoder)
    states = PredictorStates(model)
  }

  /// Processes more frames.
  ///
  /// - Throws: Like ``TransducerBeamSearchDecoder/decode(_:model:)``. The frames before the faulty
  ///   one have then been consumed; ``frames`` is their number. Feed the faulty frame and the
  ///   following ones again, corrected. `InputError` if a function of the model feeds the stream
  ///   that has called it.
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

  /// The best hypotheses so far. Unfinished words and phrases are scored as in the search, and
  /// moves to future frames are included.
  public func hypotheses(count: Int = 1) -> [Hypothesis] {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.hypotheses(decoder.vocabulary, count: max(0, count), isFinal: false)
  }

  /// The hypotheses for all frames so far, as at the end of the utterance. The stream may be
  /// continued afterwards.
  public func finish() -> [Hypothesis] {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.hypotheses(
      decoder.vocabulary, count: decoder.options.hypothesisCount, isFinal: true)
  }
}
