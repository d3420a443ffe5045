import CSeq2SeqLossesHeader
import Seq2SeqDecoding
import Seq2SeqLosses

/// Makes a decoder; see the header.
@c @implementation
public func seq2seq_decoder_create(
  _ options: UnsafePointer<seq2seq_decoder_options>!,
  _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  status { () throws(InputError) in
    guard let options = options?.pointee else { throw InputError("options", "NULL") }
    guard let result else { throw InputError("result", "NULL") }
    let vocabulary = try vocabulary(options)
    let decoder = try BeamSearchDecoder(
      vocabulary, options: searchOptions(options), languageModel: languageModel(options),
      lexicon: lexicon(options), phrases: phrases(options, vocabulary))
    result.pointee = Handle.make(decoder)
  }
}

/// Ends a decoder; see the header.
@c @implementation
public func seq2seq_decoder_destroy(_ decoder: OpaquePointer!) {
  Handle<BeamSearchDecoder>.destroy(decoder)
}

/// The best hypotheses; see the header.
@c @implementation
public func seq2seq_decoder_decode(
  _ decoder: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ threads: Int64,
  _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  decode(decoder, logits, logit_lengths, threads, result, isGreedy: false)
}

/// The collapsed best paths; see the header.
@c @implementation
public func seq2seq_decoder_decode_greedy(
  _ decoder: OpaquePointer!, _ logits: UnsafePointer<seq2seq_tensor>!,
  _ logit_lengths: UnsafePointer<Int64>!, _ threads: Int64,
  _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  decode(decoder, logits, logit_lengths, threads, result, isGreedy: true)
}

private func decode(
  _ decoder: OpaquePointer?, _ logits: UnsafePointer<seq2seq_tensor>?,
  _ lengths: UnsafePointer<Int64>?, _ threads: Int64,
  _ result: UnsafeMutablePointer<seq2seq_result>?, isGreedy: Bool
) -> seq2seq_status {
  status(result) { writer throws(InputError) in
    let decoder = try Handle<BeamSearchDecoder>.get("decoder", decoder)
    let logits = try CheckedTensor("logits", logits, lengths: lengths)
    let threads = try threadCount(threads)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let values = logits.buffer(of: type).span
      let samples =
        try isGreedy
        ? decoder.greedy.decodeEach(values, layout: logits.layout, threads: threads)
          .map { $0.map { [$0] } }
        : decoder.decodeEach(values, layout: logits.layout, threads: threads)
      for sample in samples { writer.add(try sample.get()) }
    }
    try run(logits.element)
  }
}

/// The best paths with known targets; see the header.
@c @implementation
public func seq2seq_forced_align(
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ targets: UnsafePointer<seq2seq_labels>!, _ blank: Int64, _ topology: seq2seq_topology,
  _ threads: Int64, _ paths: UnsafeMutablePointer<Int64>!, _ scores: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let logits = try CheckedTensor("logits", logits, lengths: logit_lengths)
    let layout = logits.layout
    let targets = try LabelBatch(targets)
    var aligner = ForcedAligner(
      try TokenVocabulary(count: layout.vocabulary, blank: Int(blank)),
      topology: try CTCTopology(topology))
    aligner.findsConfidences = false
    let count = layout.batch * layout.time
    let (paths, scores) = try (results("paths", paths, count), results("scores", scores, count))
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let alignments = try aligner.alignEach(
        logits.buffer(of: type).span, layout: layout,
        targets: (0..<targets.count).map { Array(targets[$0]) }, threads: threadCount(threads))
      var found: [Alignment] = []
      for alignment in alignments { found.append(try alignment.get()) }
      paths.update(repeating: -2)
      scores.update(repeating: 0)
      for (sample, alignment) in found.enumerated() {
        for frame in alignment.path.indices {
          paths[sample * layout.time + frame] = Int64(alignment.path[frame])
          scores[sample * layout.time + frame] = alignment.frameScores[frame]
        }
      }
    }
    try run(logits.element)
  }
}
