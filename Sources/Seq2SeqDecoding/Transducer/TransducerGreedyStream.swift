import Seq2SeqLosses

/// An incremental greedy decoding session of a transducer: feed frames as they arrive.
///
/// The final hypothesis is that of the whole utterance, to the bit, however it is divided. A token never changes once it is
/// found. Only one task at a time may use a stream. Frames are dropped when the path has left them.
public final class TransducerGreedyStream<Model: TransducerModel> {
  /// The decoder that made the stream.
  public let decoder: TransducerGreedyDecoder
  /// The number of frames decoded.
  public private(set) var frames = 0
  private var search: GreedySearch<Model>
  private var isFeeding = false

  init(_ decoder: TransducerGreedyDecoder, _ model: Model) throws {
    self.decoder = decoder
    search = try GreedySearch(decoder, model, [[]], isBatch: false)
  }

  /// Feeds more frames.
  ///
  /// - Throws: As ``TransducerGreedyDecoder/decode(_:model:)``. The frames before the invalid one are decoded then,
  ///   ``frames`` counts them, and the frames fed next take the place of the others.
  ///   `InputError` if a function of the model feeds the stream that called it.
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

  /// The hypothesis so far, without a character whose last bytes are still to come.
  ///
  /// - Precondition: No function of the stream's own model is running.
  public var hypothesis: Hypothesis { hypothesis(isWhole: false) }

  /// The hypothesis of all frames fed, as if the utterance ended here: the one that the decoder finds in the whole.
  ///
  /// - Precondition: No function of the stream's own model is running.
  public func finish() -> Hypothesis { hypothesis(isWhole: true) }

  private func hypothesis(isWhole: Bool) -> Hypothesis {
    precondition(!isFeeding, "read by a function of the stream's own model")
    return search.hypotheses(isWhole: isWhole)[0]
  }
}
