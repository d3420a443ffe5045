import Seq2SeqLosses

/// A beam search over a transducer's outputs that frames come to in pieces.
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
  public var frames: Int { search.frames }
  private var search: TransducerBeamSearch
  private var states: PredictorStates<Model>

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
  public func feed(_ frames: some Collection<Model.Frame>) throws {
    for frame in frames {
      let number = search.frames
      try search.step { prefixes, tree, rows in
        try rows.append(
          states.logits(at: frame, prefixes, tree),
          Array(repeating: .init(sample: nil, frame: number), count: prefixes.count))
      }
      states.keep(search.prefixes, search.tree)
      if let numbers = search.compactIfLarge(above: limit) { states.renumber(numbers) }
    }
  }

  /// The tokens that every hypothesis begins with: no further frame can change them.
  public var stableTokens: [Int] { search.tree.commonTokens(of: search.prefixes) }

  /// The best hypotheses so far; words and phrases under way count as the search sees them, and so do moves to frames
  /// that have not come.
  public func hypotheses(count: Int = 1) -> [Hypothesis] {
    search.hypotheses(decoder.vocabulary, count: max(0, count), isFinal: false)
  }

  /// The hypotheses of all that was fed, as of the end of the utterance. The stream may go on after it.
  public func finish() -> [Hypothesis] {
    search.hypotheses(
      decoder.vocabulary, count: decoder.options.hypothesisCount, isFinal: true)
  }
}
