import CSeq2SeqLossesHeader
import Seq2SeqDecoding
import Seq2SeqLosses

/// The tokens of a file; see the header.
@c @implementation
public func seq2seq_token_file_read(
  _ content: UnsafePointer<CChar>!, _ format: seq2seq_token_file_format, _ outputs: Int64,
  _ blank: Int64, _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result, ["tokens": "content", "count": "outputs"]) { (writer) throws(InputError) in
    let formats: [TokenFile.Format?] = [nil, .list, .indexed, .scored, .paddle]
    guard formats.indices.contains(Int(format.rawValue)) else {
      throw InputError("format", "\(format.rawValue) is no format")
    }
    writer.add(
      try TokenFile(
        string("content", content), format: formats[Int(format.rawValue)],
        count: outputCount(outputs), blank: blank < 0 ? nil : Int(blank)))
  }
}

/// Tokens by their indices; see the header.
@c @implementation
public func seq2seq_token_file_of_texts(
  _ texts: UnsafePointer<seq2seq_strings>!, _ outputs: Int64, _ blank: Int64,
  _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result, ["tokens": "texts", "count": "outputs"]) { (writer) throws(InputError) in
    writer.add(
      try TokenFile(
        texts: strings("texts", texts), count: outputCount(outputs),
        blank: blank < 0 ? nil : Int(blank)))
  }
}

private func outputCount(_ outputs: Int64) throws(InputError) -> Int? {
  guard outputs >= 0 else { throw InputError("outputs", "\(outputs) is negative") }
  return outputs == 0 ? nil : Int(outputs)
}

extension ResultWriter {
  fileprivate mutating func add(_ file: TokenFile) {
    integers.append(Int64(file.blank ?? -1))
    for text in [file.wordSeparator] + file.texts {
      integers.append(Int64(text.utf8.count))
      self.text += text.utf8
    }
  }
}
