import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// A transducer's losses and their gradient; see the header.
@c @implementation
public func seq2seq_transducer_losses_and_gradient(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ labels: UnsafePointer<seq2seq_labels>!, _ losses: UnsafeMutablePointer<Double>!,
  _ gradient: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try TransducerCall(options, logits, logit_lengths, labels)
    let gradient = try gradient.map { (gradient) throws(InputError) in
      try call.tensor("gradient", gradient)
    }
    let losses = try results("losses", losses, call.layout.batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let values = call.logits.buffer(of: type).span
      let found: [Double]
      if let gradient {
        let buffer = gradient.buffer(of: type)
        var span = buffer.mutableSpan
        found =
          buffer.baseAddress == call.logits.buffer(of: type).baseAddress
          ? try call.loss.lossesAndGradient(
            replacing: &span, layout: call.layout, labels: call.labels)
          : try call.loss.lossesAndGradient(
            values, layout: call.layout, labels: call.labels, gradient: &span)
      } else {
        found = try call.loss.losses(values, layout: call.layout, labels: call.labels)
      }
      for (sample, value) in found.enumerated() { losses[sample] = value }
    }
    try run(call.logits.element)
  }
}

/// Products of a transducer's Hessians with a vector; see the header.
@c @implementation
public func seq2seq_transducer_hessian_vector_product(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ labels: UnsafePointer<seq2seq_labels>!, _ vector: UnsafePointer<seq2seq_tensor>!,
  _ product: UnsafePointer<seq2seq_tensor>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try TransducerCall(options, logits, logit_lengths, labels)
    let (vector, product) = (try call.tensor("vector", vector), try call.tensor("product", product))
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      var span = product.buffer(of: type).mutableSpan
      try call.loss.hessianVectorProducts(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels,
        vector: vector.buffer(of: type).span, product: &span)
    }
    try run(call.logits.element)
  }
}

/// A transducer's best paths or draws; see the header.
@c @implementation
public func seq2seq_transducer_alignments(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ labels: UnsafePointer<seq2seq_labels>!, _ count: Int64, _ seed: UInt64,
  _ log_probabilities: UnsafeMutablePointer<Double>!,
  _ first_frames: UnsafeMutablePointer<Int64>!, _ frames: UnsafeMutablePointer<Int64>!,
  _ label_log_probabilities: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try TransducerCall(options, logits, logit_lengths, labels)
    try checkCount("count", Int(count), in: 0...DrawLimit.count)
    let draws = max(1, Int(count))
    let total = try checkedProduct("count", call.labels.concatenated.count, draws)
    let scores = try results(
      "log_probabilities", log_probabilities, try checkedProduct("count", call.layout.batch, draws))
    let first = try results("first_frames", first_frames, total)
    let lengths = try results("frames", frames, total)
    let labelScores = try results("label_log_probabilities", label_log_probabilities, total)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let values = call.logits.buffer(of: type).span
      let found: [[TransducerAlignment]]
      if count == 0 {
        found = try call.loss.bestAlignments(values, layout: call.layout, labels: call.labels)
          .map { [$0] }
      } else {
        found = try call.loss.sampledAlignments(
          values, layout: call.layout, labels: call.labels, count: Int(count), seed: seed)
      }
      var place = 0
      for (sample, alignments) in found.enumerated() {
        for (draw, alignment) in alignments.enumerated() {
          scores[sample * draws + draw] = alignment.logProbability
          let steps = alignment.steps.filter(\.isLabel)
          for label in 0..<call.labels[sample].count {
            let step = label < steps.count ? steps[label] : nil
            first[place] = step.map { Int64($0.frame) } ?? -1
            lengths[place] = step.map { Int64($0.frames) } ?? 0
            labelScores[place] = step?.logProbability ?? .nan
            place += 1
          }
        }
      }
    }
    try run(call.logits.element)
  }
}

/// A transducer's occupancies; see the header.
@c @implementation
public func seq2seq_transducer_occupancies(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ labels: UnsafePointer<seq2seq_labels>!, _ occupancies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try TransducerCall(options, logits, logit_lengths, labels)
    guard call.positions > 0, options.pointee.first_positions == nil else {
      throw InputError("positions", "rows that are not padded to all positions")
    }
    let size = call.time * call.positions * 2
    let occupancies = try results("occupancies", occupancies, call.layout.batch * size)
    occupancies.update(repeating: 0)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let found = try call.loss.occupancies(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels)
      for (sample, found) in found.samples.enumerated() {
        for node in found.blanks.indices {
          let (frame, position) = (node / found.positions, node % found.positions)
          let place = sample * size + (frame * call.positions + position) * 2
          occupancies[place] = found.blanks[node]
          occupancies[place + 1] = found.labels[node]
        }
      }
    }
    try run(call.logits.element)
  }
}

/// The entropies of a transducer's paths; see the header.
@c @implementation
public func seq2seq_transducer_entropies(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ logits: UnsafePointer<seq2seq_tensor>!, _ logit_lengths: UnsafePointer<Int64>!,
  _ labels: UnsafePointer<seq2seq_labels>!, _ entropies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let call = try TransducerCall(options, logits, logit_lengths, labels)
    let entropies = try results("entropies", entropies, call.layout.batch)
    func run<Element: LogitElement>(_ type: Element.Type) throws(InputError) {
      let found = try call.loss.entropies(
        call.logits.buffer(of: type).span, layout: call.layout, labels: call.labels)
      for (sample, value) in found.enumerated() { entropies[sample] = value }
    }
    try run(call.logits.element)
  }
}
