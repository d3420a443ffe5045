import Seq2SeqLosses

/// An incremental greedy decoding session of a transducer: feed frames as they arrive.
///
/// The end is that of the whole utterance, to the bit, however it is divided. No token changes once it is there. For one
/// task at a time; holds no frames that it has left.
public final class TransducerGreedyStream<Model: TransducerModel> {
  /// What decodes.
  public let decoder: TransducerGreedyDecoder
  /// How many frames were taken in.
  public private(set) var frames = 0
  private var search: GreedySearch<Model>
  private var isFeeding = false

  init(_ decoder: TransducerGreedyDecoder, _ model: Model) throws {
    self.decoder = decoder
    search = try GreedySearch(decoder, model, [[]], isBatch: false)
  }

  /// Takes in more frames.
  ///
  /// - Throws: As ``TransducerGreedyDecoder/decode(_:model:)``. The frames before the one at fault were taken in then:
  ///   ``frames`` says how many; the stream goes on with what is fed next in its place.
  ///   `InputError` where a function of the model feeds the stream that has called it.
  public func feed(_ frames: some Collection<Model.Frame>) throws {
    guard !isFeeding else { throw InputError("stream", "fed by a function of its own model") }
    isFeeding = true
    defer { isFeeding = false }
    search.append(frames)
    do {
      try search.run()
      self.frames += frames.count
    } catch {
      self.frames = search.dropFrames()
      throw error
    }
  }

  /// What was found so far, without a character whose last bytes are still to come.
  ///
  /// - Precondition: No function of the stream's own model is running.
  public var hypothesis: Hypothesis { hypothesis(isWhole: false) }

  /// What was found, as of the end of the utterance: equal to what the decoder finds in the whole.
  ///
  /// - Precondition: No function of the stream's own model is running.
  public func finish() -> Hypothesis { hypothesis(isWhole: true) }

  private func hypothesis(isWhole: Bool) -> Hypothesis {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.hypotheses(isWhole: isWhole)[0]
  }
}
