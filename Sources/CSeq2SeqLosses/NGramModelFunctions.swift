import CSeq2SeqLossesHeader
import NGramModels
import Seq2SeqLosses

/// Reads a model; see the header.
@c @implementation
public func seq2seq_ngram_model_open(
  _ path: UnsafePointer<CChar>!, _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  status { () throws(InputError) in try open(path, .mapped, result) }
}

/// Reads a model into memory; see the header.
@c @implementation
public func seq2seq_ngram_model_read(
  _ path: UnsafePointer<CChar>!, _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  status { () throws(InputError) in try open(path, .copied, result) }
}

private func open(
  _ path: UnsafePointer<CChar>?, _ loading: FileLoading,
  _ result: UnsafeMutablePointer<OpaquePointer?>?
) throws(InputError) {
  let path = try string("path", path)
  guard let result else { throw InputError("result", "NULL") }
  do throws(NGramModelError) {
    result.pointee = Handle.make(try NGramModel(contentsOf: path, loading: loading))
  } catch {
    throw InputError("path", error.description)
  }
}

/// Destroys a model; see the header.
@c @implementation
public func seq2seq_ngram_model_destroy(_ model: OpaquePointer!) {
  Handle<NGramModel>.destroy(model)
}

/// The size of a model; see the header.
@c @implementation
public func seq2seq_ngram_model_size(
  _ model: OpaquePointer!, _ order: UnsafeMutablePointer<Int64>!,
  _ words: UnsafeMutablePointer<Int64>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let model = try Handle<NGramModel>.get("model", model)
    try results("order", order, 1)[0] = Int64(model.order)
    try results("words", words, 1)[0] = Int64(model.words.count)
  }
}

/// Scores of words; see the header.
@c @implementation
public func seq2seq_ngram_model_scores(
  _ model: OpaquePointer!, _ words: UnsafePointer<seq2seq_strings>!, _ begins: Int32,
  _ ends: Int32, _ scores: UnsafeMutablePointer<Double>!, _ is_known: UnsafeMutablePointer<Int8>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let model = try Handle<NGramModel>.get("model", model)
    let words = try strings("words", words)
    let scores = try results("scores", scores, words.count + (ends != 0 ? 1 : 0))
    let isKnown = try results("is_known", is_known, words.count)
    var state = begins != 0 ? model.start() : model.emptyState
    for (index, word) in words.enumerated() {
      let known = model.index(of: word)
      isKnown[index] = known == nil ? 0 : 1
      (scores[index], state) = model.score(known ?? model.unknownIndex, after: state)
    }
    if ends != 0 { scores[words.count] = model.finish(state) }
  }
}
