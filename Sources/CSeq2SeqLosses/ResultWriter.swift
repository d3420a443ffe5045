import CSeq2SeqLossesHeader
import Seq2SeqDecoding
import Seq2SeqLosses

/// Collects what a C result holds.
struct ResultWriter {
  var integers: [Int64] = []
  var numbers: [Double] = []
  var text: [UInt8] = []

  /// The hypotheses of one sample, as the header describes them.
  mutating func add(_ hypotheses: [Hypothesis]) {
    integers.append(Int64(hypotheses.count))
    for hypothesis in hypotheses { add(hypothesis) }
  }

  private mutating func add(_ hypothesis: Hypothesis) {
    let counts = [
      hypothesis.tokens.count, hypothesis.spans.count, hypothesis.words.count,
      hypothesis.text.utf8.count, hypothesis.isComplete ? 1 : 0,
    ]
    integers += (counts + hypothesis.tokens).map(Int64.init)
    for span in hypothesis.spans {
      integers += [Int64(span.frames.lowerBound), Int64(span.frames.upperBound)]
    }
    numbers += [hypothesis.acousticScore, hypothesis.languageScore, hypothesis.biasScore]
    for span in hypothesis.spans { numbers += [span.logProbability, span.confidence] }
    text += hypothesis.text.utf8
    for word in hypothesis.words {
      integers += [
        word.text.utf8.count, word.tokens.lowerBound, word.tokens.upperBound,
        word.frames.lowerBound, word.frames.upperBound,
      ].map(Int64.init)
      numbers += [word.logProbability, word.confidence]
      text += word.text.utf8
    }
  }

  /// Copies all to memory that C may keep.
  func write(to result: UnsafeMutablePointer<seq2seq_result>) {
    func copy<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeMutablePointer<Value> {
      let memory = UnsafeMutablePointer<Value>.allocate(capacity: max(1, values.count))
      memory.initialize(from: values, count: values.count)
      return memory
    }
    result.pointee = seq2seq_result(
      integers: copy(integers), numbers: copy(numbers),
      text: copy(text.map { CChar(bitPattern: $0) }), integer_count: Int64(integers.count),
      number_count: Int64(numbers.count), text_length: Int64(text.count))
  }
}

/// Frees a result; see the header.
@c @implementation
public func seq2seq_result_destroy(_ result: UnsafeMutablePointer<seq2seq_result>!) {
  guard let result else { return }
  result.pointee.integers?.deallocate()
  result.pointee.numbers?.deallocate()
  result.pointee.text?.deallocate()
  result.pointee = seq2seq_result()
}

/// Runs `body`, whose result goes to the caller.
func status(
  _ result: UnsafeMutablePointer<seq2seq_result>?, _ names: [String: String] = decoderNames,
  _ body: (inout ResultWriter) throws(InputError) -> Void
) -> seq2seq_status {
  status(names) { () throws(InputError) in
    guard let result else { throw InputError("result", "NULL") }
    var writer = ResultWriter()
    try body(&writer)
    writer.write(to: result)
  }
}

/// Runs `body`, in which a model of the caller's may fail too, and whose result goes to the caller.
func modelStatus(
  _ result: UnsafeMutablePointer<seq2seq_result>?, _ body: (inout ResultWriter) throws -> Void
) -> seq2seq_status {
  modelStatus {
    guard let result else { throw InputError("result", "NULL") }
    var writer = ResultWriter()
    try body(&writer)
    writer.write(to: result)
  }
}
