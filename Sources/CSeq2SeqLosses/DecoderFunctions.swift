import CSeq2SeqLossesHeader
import Seq2SeqDecoding
import Seq2SeqLosses

/// Makes a decoder; see the header.
@c @implementation
public func seq2seq_decoder_create(
  _ options: UnsafePointer<seq2seq_decoder_options>!,
  _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  create(options, result, decoderNames) { (options) throws(InputError) in
    let vocabulary = try vocabulary(options)
    return try BeamSearchDecoder(
      vocabulary, options: beamSearchOptions(options), languageModel: languageModel(options),
      lexicon: lexicon(options), phrases: phrases(options, vocabulary))
  }
}

/// Destroys a decoder; see the header.
@c @implementation
public func seq2seq_decoder_destroy(_ decoder: OpaquePointer!) {
  Handle<BeamSearchDecoder>.destroy(decoder)
}

/// The best hypotheses; see the header.
@c @implementation
public func seq2seq_decoder_decode(
  _ decoder: OpaquePointer!, _ log_probabilities: UnsafePointer<seq2seq_tensor>!,
  _ lengths: UnsafePointer<Int64>!, _ threads: Int64,
  _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { writer throws(InputError) in
    let decoder = try Handle<BeamSearchDecoder>.get("decoder", decoder)
    let values = try tensor("log_probabilities", log_probabilities, lengths: lengths)
    for sample in try values.decode(decoder, try threadCount(threads)) {
      writer.add(try sample.get())
    }
  }
}

/// The collapsed best paths; see the header.
@c @implementation
public func seq2seq_decoder_decode_greedy(
  _ decoder: OpaquePointer!, _ log_probabilities: UnsafePointer<seq2seq_tensor>!,
  _ lengths: UnsafePointer<Int64>!, _ threads: Int64,
  _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { writer throws(InputError) in
    let decoder = try Handle<BeamSearchDecoder>.get("decoder", decoder).greedy
    let values = try tensor("log_probabilities", log_probabilities, lengths: lengths)
    for sample in try values.decode(decoder, try threadCount(threads)) {
      writer.add([try sample.get()])
    }
  }
}

/// The best paths with known targets; see the header.
@c @implementation
public func seq2seq_forced_align(
  _ log_probabilities: UnsafePointer<seq2seq_tensor>!, _ lengths: UnsafePointer<Int64>!,
  _ targets: UnsafePointer<seq2seq_labels>!, _ blank: Int64, _ topology: seq2seq_topology,
  _ threads: Int64, _ paths: UnsafeMutablePointer<Int64>!, _ scores: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status(alignmentNames) { () throws(InputError) in
    let values = try tensor("log_probabilities", log_probabilities, lengths: lengths)
    let layout = values.layout
    let targets = try LabelBatch("targets", targets)
    var aligner = ForcedAligner(
      try TokenVocabulary(count: layout.vocabulary, blank: Int(blank)),
      topology: try CTCTopology(topology))
    aligner.findsConfidences = false
    let count = layout.batch * layout.time
    let (paths, scores) = try (results("paths", paths, count), results("scores", scores, count))
    var found: [Alignment] = []
    for alignment in try values.align(aligner, targets, try threadCount(threads)) {
      found.append(try alignment.get())
    }
    paths.update(repeating: -2)
    scores.update(repeating: 0)
    for (sample, alignment) in found.enumerated() {
      for frame in alignment.path.indices {
        paths[sample * layout.time + frame] = Int64(alignment.path[frame])
        scores[sample * layout.time + frame] = alignment.frameScores[frame]
      }
    }
  }
}

extension TypedTensor {
  fileprivate func decode(
    _ decoder: BeamSearchDecoder, _ threads: Int?
  ) throws(InputError) -> [Result<[Hypothesis], InputError>] {
    try decoder.decodeEach(buffer.span, layout: layout, threads: threads)
  }

  fileprivate func decode(
    _ decoder: GreedyDecoder, _ threads: Int?
  ) throws(InputError) -> [Result<Hypothesis, InputError>] {
    try decoder.decodeEach(buffer.span, layout: layout, threads: threads)
  }

  fileprivate func align(
    _ aligner: ForcedAligner, _ targets: LabelBatch, _ threads: Int?
  ) throws(InputError) -> [Result<Alignment, InputError>] {
    try aligner.alignEach(
      buffer.span, layout: layout, targets: (0..<targets.count).map { Array(targets[$0]) },
      threads: threads)
  }
}
