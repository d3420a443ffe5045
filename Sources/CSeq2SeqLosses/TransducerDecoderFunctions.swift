import CSeq2SeqLossesHeader
import Seq2SeqDecoding
import Seq2SeqLosses

/// Makes a transducer decoder; see the header.
@c @implementation
public func seq2seq_transducer_decoder_create(
  _ options: UnsafePointer<seq2seq_transducer_decoder_options>!,
  _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  create(options, result, decoderNames) { (options) throws(InputError) in
    var search = TransducerBeamSearchOptions(
      topology: try TransducerTopology(
        options.topology, options.steps, options.big_blanks, options.step_count),
      maximumLabelsPerFrame: Int(options.maximum_labels_per_frame))
    search.search = searchOptions(options.search)
    let vocabulary = try vocabulary(options.search)
    return try TransducerBeamSearchDecoder(
      vocabulary, options: search, languageModel: languageModel(options.search),
      lexicon: lexicon(options.search), phrases: phrases(options.search, vocabulary))
  }
}

/// Destroys a transducer decoder; see the header.
@c @implementation
public func seq2seq_transducer_decoder_destroy(_ decoder: OpaquePointer!) {
  Handle<TransducerBeamSearchDecoder>.destroy(decoder)
}

/// The best hypotheses; see the header.
@c @implementation
public func seq2seq_transducer_decoder_decode(
  _ decoder: OpaquePointer!, _ model: UnsafePointer<seq2seq_transducer_model>!,
  _ frame_counts: UnsafePointer<Int64>!, _ batch: Int64,
  _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  modelStatus(result) { writer in
    let decoder = try Handle<TransducerBeamSearchDecoder>.get("decoder", decoder)
    let model = try TransducerCallbacks(model, decoder)
    for (utterance, frames) in try frameCounts(frame_counts, batch).enumerated() {
      do {
        writer.add(try decoder.decode(frameNumbers(utterance, 0..<frames), model: model))
      } catch let error as InputError {
        throw InputError(
          error.argument, sample: utterance, position: error.position, error.problem)
      }
    }
  }
}

/// The most probable moves; see the header.
@c @implementation
public func seq2seq_transducer_decoder_decode_greedy(
  _ decoder: OpaquePointer!, _ model: UnsafePointer<seq2seq_transducer_model>!,
  _ frame_counts: UnsafePointer<Int64>!, _ batch: Int64,
  _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  modelStatus(result) { writer in
    let decoder = try Handle<TransducerBeamSearchDecoder>.get("decoder", decoder)
    let model = try TransducerCallbacks(model, decoder)
    let batch = try frameCounts(frame_counts, batch).enumerated().map {
      Array(frameNumbers($0, 0..<$1))
    }
    for hypothesis in try decoder.greedy.decode(batch: batch, model: model) {
      writer.add([hypothesis])
    }
  }
}

private func frameCounts(
  _ counts: UnsafePointer<Int64>?, _ batch: Int64
) throws(InputError) -> [Int] {
  let counts = try array("frame_counts", counts, batch)
  for (sample, count) in counts.enumerated() where !(0...LogitsLayout.largestAxis).contains(count) {
    throw InputError(
      "frame_counts", sample: sample, "\(count) is outside 0...\(LogitsLayout.largestAxis)")
  }
  // The frames are numbers alone: no memory of the caller's bounds them.
  let total = counts.reduce(0, +)
  guard total <= LogitsLayout.largestAxis else {
    throw InputError(
      "frame_counts", "\(total) in all are more than \(LogitsLayout.largestAxis)")
  }
  return counts
}

/// The frames of an utterance, as C has them.
func frameNumbers(
  _ utterance: Int, _ frames: Range<Int>
) -> LazyMapCollection<Range<Int>, seq2seq_frame> {
  frames.lazy.map { seq2seq_frame(utterance: Int64(utterance), frame: Int64($0)) }
}
