import Seq2SeqLosses

/// An incremental greedy decoding session of a transducer: feed frames as they arrive.
///
/// The final result equals that of the whole utterance to the bit, however it is divided. Tokens
/// never change once they are found. Use a stream from one task at a time. Frames that the path has
/// left are not kept.
public final class TransducerGreedyStream<Model: TransducerModel> {
  /// The decoder of the stream.
  public let decoder: TransducerGreedyDecoder
  /// The number of frames that were consumed.
  public private(set) var frames = 0
  private var search: GreedySearch<Model>
  private var isFeeding = false

  init(_ decoder: TransducerGreedyDecoder, _ model: Model) throws {
    self.decoder = decoder
    search = try GreedySearch(decoder, model, [[]], isBatch: false)
  }

  /// Processes more frames.
  ///
  /// - Throws: Like ``TransducerGreedyDecoder/decode(_:model:)``. The frames before the faulty one
  ///   have then been consumed; ``frames`` is their number. Feed the faulty frame and the following
  ///   ones again, corrected. `InputError` if a function of the model feeds the stream that has
  ///   called it.
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

  /// The result so far, without a character whose last bytes are missing.
  ///
  /// - Precondition: No function of the stream's own model is running.
  public var hypothesis: Hypothesis { hypothesis(isWhole: false) }

  /// The result, as at the end of the utterance. It equals the decoder's result for the whole
  /// utterance.
  ///
  /// - Precondition: No function of the stream's own model is running.
  public func finish() -> Hypothesis { hypothesis(isWhole: true) }

  private func hypothesis(isWhole: Bool) -> Hypothesis {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.hypotheses(isWhole: isWhole)[0]
  }
}
