import CSeq2SeqLossesHeader
import Seq2SeqDecoding
import Seq2SeqLosses

/// Texts that the tokens cannot spell; see the header.
@c @implementation
public func seq2seq_decoder_unspellable(
  _ options: UnsafePointer<seq2seq_decoder_options>!,
  _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { (writer) throws(InputError) in
    guard let options = options?.pointee else { throw InputError("options", "NULL") }
    let vocabulary = try vocabulary(options)
    let words = try lexicon(options)?.unspellable(vocabulary) ?? []
    let phrases = vocabulary.unspellable(
      try phrases(options, vocabulary)?.phrases.map(\.text) ?? [])
    for found in [words, phrases] {
      writer.integers.append(Int64(found.count))
      writer.integers += found.map { Int64($0.index) }
    }
  }
}

/// The tokens of a text; see the header.
@c @implementation
public func seq2seq_spell_text(
  _ options: UnsafePointer<seq2seq_decoder_options>!, _ text: UnsafePointer<CChar>!,
  _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { (writer) throws(InputError) in
    guard let options = options?.pointee else { throw InputError("options", "NULL") }
    writer.integers = try vocabulary(options)
      .tokens(of: string("text", text), folding: options.folds == 0 ? [] : .all).map(Int64.init)
  }
}
