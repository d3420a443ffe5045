import CSeq2SeqLosses
import CSeq2SeqLossesHeader
import Dispatch
import Testing

/// Handles that several threads use and destroy, also from callbacks; for the thread sanitizer too.
@Suite struct ThreadTests {
  private func withTensor<Result>(
    _ values: [Float], time: Int, vocabulary: Int, _ body: (inout seq2seq_tensor) -> Result
  ) -> Result {
    var values = values
    return values.withUnsafeMutableBufferPointer { buffer in
      var tensor = seq2seq_tensor()
      tensor.values = UnsafeMutableRawPointer(buffer.baseAddress)
      tensor.element = SEQ2SEQ_FLOAT32
      tensor.shape = (1, Int64(time), Int64(vocabulary))
      tensor.strides = (Int64(time * vocabulary), Int64(vocabulary), 1)
      return body(&tensor)
    }
  }

  private func options() -> seq2seq_decoder_options {
    var options = seq2seq_decoder_options()
    options.vocabulary = 3
    options.beam_width = 4
    options.beam_threshold = 10
    options.token_prune_threshold = 8
    options.hypothesis_count = 2
    return options
  }

  private var error: String { seq2seq_last_error().map { String(cString: $0) } ?? "" }

  @Test func threadsFeedAndDestroyOneStream() {
    var decoder: OpaquePointer?
    var search = options()
    #expect(seq2seq_decoder_create(&search, &decoder) == SEQ2SEQ_OK)
    var stream: OpaquePointer?
    #expect(seq2seq_stream_create(decoder, &stream) == SEQ2SEQ_OK)
    seq2seq_decoder_destroy(decoder)
    nonisolated(unsafe) let shared = stream
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for turn in 0..<20 {
        if thread == 7, turn == 10 { seq2seq_stream_destroy(shared) }
        let fed = withTensor([-1, -2, -1], time: 1, vocabulary: 3) {
          seq2seq_stream_feed(shared, &$0)
        }
        var result = seq2seq_result()
        let read = seq2seq_stream_hypotheses(shared, 1, &result)
        seq2seq_result_destroy(&result)
        for status in [fed, read] where status != SEQ2SEQ_OK {
          #expect(status == SEQ2SEQ_INVALID_ARGUMENT)
        }
      }
    }
    var frames = seq2seq_result()
    #expect(seq2seq_stream_finish(stream, &frames) == SEQ2SEQ_INVALID_ARGUMENT)
    #expect(error == "stream: destroyed, or no handle of this kind")
    seq2seq_stream_destroy(stream)
  }

  @Test func threadsShareALossAndItsMemory() {
    var ctc: OpaquePointer?
    var options = seq2seq_ctc_options(
      blank: 0, topology: SEQ2SEQ_CLASSIC, inputs: SEQ2SEQ_LOGITS, threads: 2)
    #expect(seq2seq_ctc_create(&options, &ctc) == SEQ2SEQ_OK)
    nonisolated(unsafe) let shared = ctc
    DispatchQueue.concurrentPerform(iterations: 6) { thread in
      for _ in 0..<20 {
        let (label, length): ([Int64], [Int64]) = ([1], [1])
        let loss = withTensor([0, 0, 0], time: 1, vocabulary: 3) { logits in
          label.withUnsafeBufferPointer { label in
            length.withUnsafeBufferPointer { length in
              let labels = seq2seq_labels(
                values: label.baseAddress, value_count: 1, lengths: length.baseAddress, count: 1,
                row_stride: 1)
              var batch = seq2seq_ctc_batch(logits: logits, logit_lengths: nil, labels: labels)
              var loss = 0.0
              #expect(seq2seq_ctc_losses(shared, &batch, &loss) == SEQ2SEQ_OK)
              return loss
            }
          }
        }
        #expect(abs(loss - 1.0986122886681098) < 1e-6)
      }
    }
    seq2seq_ctc_destroy(ctc)
  }

  /// What a model's functions do with their own stream.
  private final class Misuse {
    var stream: OpaquePointer?
    var statuses: [seq2seq_status] = []
    var destroys = false

    func use() {
      guard let stream else { return }
      var (frames, result): (Int64, seq2seq_result) = (0, seq2seq_result())
      statuses += [
        seq2seq_transducer_stream_feed(stream, 1),
        seq2seq_transducer_stream_frames(stream, &frames),
        seq2seq_transducer_stream_hypotheses(stream, 1, &result),
        seq2seq_transducer_stream_finish(stream, &result),
        seq2seq_transducer_stream_stable_tokens(stream, &result),
      ]
      if destroys { seq2seq_transducer_stream_destroy(stream) }
    }

    static func of(_ context: UnsafeMutableRawPointer?) -> Misuse {
      Unmanaged<Misuse>.fromOpaque(context!).takeUnretainedValue()
    }
  }

  @Test(arguments: [false, true], [false, true])
  func aModelThatUsesItsOwnStreamGetsAnError(_ isGreedy: Bool, _ destroys: Bool) {
    let misuse = Misuse()
    misuse.destroys = destroys
    var model = seq2seq_transducer_model()
    model.context = Unmanaged.passUnretained(misuse).toOpaque()
    model.start = { context, state in
      Misuse.of(context).use()
      state?.pointee = 1
      return 0
    }
    model.advance = { context, count, _, _, next in
      Misuse.of(context).use()
      for index in 0..<Int(count) { next?[index] = 1 }
      return 0
    }
    model.join = { context, count, _, _, width, logits in
      Misuse.of(context).use()
      for index in 0..<Int(count * width) { logits?[index] = Double(index % 3) }
      return 0
    }
    model.release = { context, _ in Misuse.of(context).use() }
    var transducer = seq2seq_transducer_decoder_options()
    transducer.search = options()
    transducer.maximum_labels_per_frame = 2
    var decoder: OpaquePointer?
    #expect(seq2seq_transducer_decoder_create(&transducer, &decoder) == SEQ2SEQ_OK)
    var stream: OpaquePointer?
    let create =
      isGreedy ? seq2seq_transducer_stream_create_greedy : seq2seq_transducer_stream_create
    #expect(create(decoder, &model, &stream) == SEQ2SEQ_OK)
    misuse.stream = stream
    #expect(seq2seq_transducer_stream_feed(stream, 3) == SEQ2SEQ_OK)
    #expect(!misuse.statuses.isEmpty)
    #expect(misuse.statuses.allSatisfy { $0 == SEQ2SEQ_INVALID_ARGUMENT })
    var frames: Int64 = 0
    let after = seq2seq_transducer_stream_frames(stream, &frames)
    #expect(after == (destroys ? SEQ2SEQ_INVALID_ARGUMENT : SEQ2SEQ_OK))
    #expect(frames == (destroys ? 0 : 3))
    seq2seq_transducer_stream_destroy(stream)
    seq2seq_transducer_decoder_destroy(decoder)
    // The last states were released, by a stream that was no more.
    #expect(misuse.statuses.allSatisfy { $0 == SEQ2SEQ_INVALID_ARGUMENT })
  }
}
