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
/// The final hypotheses are those of the whole utterance, to the bit, however it is divided. For one task at a time.
/// No frame is kept. Memory O(frames · beam) at most, and the predictor's states for the prefixes of the beams.
public final class TransducerBeamSearchStream<Model: TransducerModel> {
  /// What decodes.
  public let decoder: TransducerBeamSearchDecoder
  /// How many frames were taken in.
  public private(set) var frames = 0
  private var search: TransducerBeamSearch
  private var states: PredictorStates<Model>
  private var isFeeding = false

  // How many prefixes or traces there may be before what the beams do not come from is dropped.
  private let limit: Int

  init(_ decoder: TransducerBeamSearchDecoder, _ model: Model, limit: Int = 1 << 14) {
    self.decoder = decoder
    self.limit = limit
    search = TransducerBeamSearch(decoder)
    states = PredictorStates(model)
  }

  /// Takes in more frames.
  ///
  /// - Throws: As ``TransducerBeamSearchDecoder/decode(_:model:)``. The frames before the one at fault were taken in
  ///   then: ``frames`` says how many; the stream goes on with what is fed next in its place.
  ///   `InputError` where a function of the model feeds the stream that has called it.
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

  /// The tokens that every hypothesis begins with: no further frame can change them.
  ///
  /// - Precondition: No function of the stream's own model is running, as for the hypotheses.
  public var stableTokens: [Int] {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.expansion.tree.commonTokens(of: search.prefixes)
  }

  /// The best hypotheses so far; words and phrases under way count as the search sees them, and so do moves to frames
  /// that have not come.
  public func hypotheses(count: Int = 1) -> [Hypothesis] {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.hypotheses(decoder.vocabulary, count: max(0, count), isFinal: false)
  }

  /// The hypotheses of all that was fed, as of the end of the utterance. The stream may go on after it.
  public func finish() -> [Hypothesis] {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.hypotheses(
      decoder.vocabulary, count: decoder.options.hypothesisCount, isFinal: true)
  }
}
