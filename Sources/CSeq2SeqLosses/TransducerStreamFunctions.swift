import CSeq2SeqLossesHeader
import Seq2SeqDecoding
import Seq2SeqLosses

/// The object behind a C stream of a transducer.
private enum TransducerStream {
  case greedy(TransducerGreedyStream<TransducerCallbacks>)
  case beam(TransducerBeamSearchStream<TransducerCallbacks>)

  var frames: Int {
    switch self {
    case .greedy(let stream): stream.frames
    case .beam(let stream): stream.frames
    }
  }
}

/// Makes a stream for beam search; see the header.
@c @implementation
public func seq2seq_transducer_stream_create(
  _ decoder: OpaquePointer!, _ model: UnsafePointer<seq2seq_transducer_model>!,
  _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  createStream(decoder, model, result) { .beam($0.stream(model: $1)) }
}

/// Makes a stream for greedy decoding; see the header.
@c @implementation
public func seq2seq_transducer_stream_create_greedy(
  _ decoder: OpaquePointer!, _ model: UnsafePointer<seq2seq_transducer_model>!,
  _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  createStream(decoder, model, result) { .greedy(try $0.greedy.stream(model: $1)) }
}

private func createStream(
  _ decoder: OpaquePointer?, _ model: UnsafePointer<seq2seq_transducer_model>?,
  _ result: UnsafeMutablePointer<OpaquePointer?>?,
  _ make: (TransducerBeamSearchDecoder, TransducerCallbacks) throws -> TransducerStream
) -> seq2seq_status {
  modelStatus {
    let decoder = try Handle<TransducerBeamSearchDecoder>.get("decoder", decoder)
    guard let result else { throw InputError("result", "NULL") }
    let turn = Turn()
    let stream = try make(decoder, try TransducerCallbacks(model, decoder, turn))
    result.pointee = Handle.make(SharedStream(stream, turn))
  }
}

/// Destroys a stream; see the header.
@c @implementation
public func seq2seq_transducer_stream_destroy(_ stream: OpaquePointer!) {
  Handle<SharedStream<TransducerStream>>.destroy(stream)
}

/// Takes in frames; see the header.
@c @implementation
public func seq2seq_transducer_stream_feed(
  _ stream: OpaquePointer!, _ frame_count: Int64
) -> seq2seq_status {
  modelStatus {
    guard (0...Int64(LogitsLayout.largestAxis)).contains(frame_count) else {
      throw InputError(
        "frame_count", "\(frame_count) is outside 0...\(LogitsLayout.largestAxis)")
    }
    try SharedStream<TransducerStream>.useModel(stream) { stream in
      let frames = frameNumbers(0, stream.frames..<stream.frames + Int(frame_count))
      switch stream {
      case .greedy(let stream): try stream.feed(frames)
      case .beam(let stream): try stream.feed(frames)
      }
    }
  }
}

/// How many frames were taken in; see the header.
@c @implementation
public func seq2seq_transducer_stream_frames(
  _ stream: OpaquePointer!, _ frames: UnsafeMutablePointer<Int64>!
) -> seq2seq_status {
  status { () throws(InputError) in
    guard let frames else { throw InputError("frames", "NULL") }
    frames.pointee = Int64(
      try SharedStream<TransducerStream>.use(stream) { $0.frames })
  }
}

/// The hypotheses so far; see the header.
@c @implementation
public func seq2seq_transducer_stream_hypotheses(
  _ stream: OpaquePointer!, _ count: Int64, _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { writer throws(InputError) in
    guard count >= 0 else { throw InputError("count", "\(count) is negative") }
    writer.add(
      try SharedStream<TransducerStream>.use(stream) { stream in
        switch stream {
        case .greedy(let stream): count == 0 ? [] : [stream.hypothesis]
        case .beam(let stream): stream.hypotheses(count: Int(count))
        }
      })
  }
}

/// The hypotheses of all; see the header.
@c @implementation
public func seq2seq_transducer_stream_finish(
  _ stream: OpaquePointer!, _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { writer throws(InputError) in
    writer.add(
      try SharedStream<TransducerStream>.use(stream) { stream in
        switch stream {
        case .greedy(let stream): [stream.finish()]
        case .beam(let stream): stream.finish()
        }
      })
  }
}

/// The tokens that stay; see the header.
@c @implementation
public func seq2seq_transducer_stream_stable_tokens(
  _ stream: OpaquePointer!, _ result: UnsafeMutablePointer<seq2seq_result>!
) -> seq2seq_status {
  status(result) { writer throws(InputError) in
    let tokens = try SharedStream<TransducerStream>.use(stream) { stream in
      switch stream {
      case .greedy(let stream): stream.hypothesis.tokens
      case .beam(let stream): stream.stableTokens
      }
    }
    writer.integers = tokens.map(Int64.init)
  }
}
