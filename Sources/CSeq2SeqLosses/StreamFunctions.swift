import CSeq2SeqLossesHeader
import Seq2SeqDecoding
import Seq2SeqLosses

/// Makes a stream; see the header.
@c @implementation
public func seq2seq_stream_create(
  _ decoder: OpaquePointer!, _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  status { () throws(InputError) in
    guard let result else { throw InputError("result", "NULL") }
    result.pointee = Handle.make(
      SharedStream(try Handle<BeamSearchDecoder>.get("decoder", decoder).stream()))
  }
}

/// Destroys a stream; see the header.
@c @implementation
public func seq2seq_stream_destroy(_ stream: OpaquePointer!) {
  Handle<SharedStream<BeamSearchStream>>.destroy(stream)
}

/// Takes in frames; see the header.
@c @implementation
public func seq2seq_stream_feed(
  _ stream: OpaquePointer!, _ log_probabilities: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status(decoderNames) { () throws(InputError) in
    let frames = try tensor("log_probabilities", log_probabilities)
    try SharedStream<BeamSearchStream>.use(stream) { (stream) throws(InputError) in
      try frames.feed(stream)
    }
  }
}

extension TypedTensor {
  fileprivate func feed(_ stream: BeamSearchStream) throws(InputError) {
    try stream.feed(buffer.span, layout: layout)
  }
}

/// The hypotheses so far; see the header.
@c @implementation
public func seq2seq_stream_hypotheses(
  _ stream: OpaquePointer!, _ count: Int64, _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { writer throws(InputError) in
    guard count >= 0 else { throw InputError("count", "\(count) is negative") }
    writer.add(
      try SharedStream<BeamSearchStream>.use(stream) { $0.hypotheses(count: Int(count)) })
  }
}

/// The hypotheses of all; see the header.
@c @implementation
public func seq2seq_stream_finish(
  _ stream: OpaquePointer!, _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { writer throws(InputError) in
    writer.add(try SharedStream<BeamSearchStream>.use(stream) { $0.finish() })
  }
}

/// The tokens that stay; see the header.
@c @implementation
public func seq2seq_stream_stable_tokens(
  _ stream: OpaquePointer!, _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { writer throws(InputError) in
    let tokens = try SharedStream<BeamSearchStream>.use(stream) { $0.stableTokens }
    writer.integers = tokens.map(Int64.init)
  }
}
