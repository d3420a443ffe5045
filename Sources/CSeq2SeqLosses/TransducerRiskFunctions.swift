import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Expected risks of a transducer's hypotheses and their gradient; see the header.
@c @implementation
public func seq2seq_transducer_expected_risks_and_gradient(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ risk: UnsafePointer<seq2seq_expected_risk>!, _ utterances: Int64,
  _ weights: UnsafePointer<Double>!, _ values: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    guard (0...Int64(Int32.max)).contains(utterances) else {
      throw InputError("utterances", "\(utterances) is negative or too large")
    }
    let count = Int(utterances)
    let (hypotheses, choice) = try expectedRisk(risk, batch: count)
    let call = try TransducerCall(options, logits, logit_lengths, risk.pointee.hypotheses)
    let gradient = try gradient.map { (gradient) throws(InputError) in
      try call.tensor("gradient", gradient)
    }
    let weights = weights.map { Array(UnsafeBufferPointer(start: $0, count: count)) }
    let values = try results("values", values, count)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let logits = call.logits.buffer(of: type).span
      let found: [Double]
      if let gradient {
        var span = gradient.buffer(of: type).mutableSpan
        found = try call.loss.expectedRisksAndGradient(
          logits, layout: call.layout, hypotheses: hypotheses, options: choice, weights: weights,
          gradient: &span)
      } else {
        found = try call.loss.expectedRisks(
          logits, layout: call.layout, hypotheses: hypotheses, options: choice)
      }
      for (utterance, value) in found.enumerated() { values[utterance] = value }
    }
    try run(call.logits.element)
  }
}
