import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Alpha, beta, gamma and occupancies; see the header.
@c @implementation
public func seq2seq_ctc_lattice_variables(
  _ ctc: OpaquePointer!, _ batch: UnsafePointer<seq2seq_ctc_batch>!, _ states: Int64,
  _ alpha: UnsafeMutablePointer<Double>!, _ beta: UnsafeMutablePointer<Double>!,
  _ gamma: UnsafeMutablePointer<Double>!, _ log_occupancies: UnsafeMutablePointer<Double>!
) -> seq2seq_status {
  ctcStatus(ctc, batch) { (call, logits) throws(InputError) in
    let rows = logits.layout.time + 1
    let size = try checkedProduct("states", logits.layout.batch, rows, Int(states))
    if gamma != nil { _ = try checkedProduct("states", size, rows, Int(states)) }
    let output = LatticeOutput(
      alpha: alpha, beta: beta, gamma: gamma, occupancies: log_occupancies,
      batch: logits.layout.batch, rows: rows, states: Int(states),
      vocabulary: logits.layout.vocabulary)
    let needed = call.ctc.topology.stateCount(labels: call.labels.lengths.max() ?? 0)
    guard states >= needed, states < 1 << 24 else {
      throw InputError("states", "\(states) where \(needed) are needed")
    }
    output.write(try logits.latticeQuantities(call))
  }
}

extension TypedTensor {
  fileprivate func latticeQuantities(
    _ call: CTCCall
  ) throws(InputError) -> [CTCLatticeQuantities] {
    try call.ctc.latticeQuantities(Array(buffer), layout: layout, labels: call.labels)
  }
}

/// C arrays `[batch, rows, states]`, for gamma `[batch, rows, states, rows, states]`, and
/// `[batch, rows - 1, vocabulary]`.
private struct LatticeOutput {
  let alpha, beta, gamma, occupancies: UnsafeMutablePointer<Double>?
  let batch, rows, states, vocabulary: Int

  func write(_ quantities: [CTCLatticeQuantities]) {
    let size = rows * states
    for output in [alpha, beta] { output?.update(repeating: -.infinity, count: batch * size) }
    gamma?.update(repeating: -.infinity, count: batch * size * size)
    let width = (rows - 1) * vocabulary
    occupancies?.update(repeating: -.infinity, count: batch * width)
    for (sample, lattice) in quantities.enumerated() {
      for (index, value) in lattice.logGradient.enumerated() {
        occupancies?[sample * width + index] = value
      }
      for frame in 0...lattice.frames {
        for state in 0..<lattice.stateCount {
          let index = sample * size + frame * states + state
          alpha?[index] = lattice.logAlpha(frame, state)
          beta?[index] = lattice.logBeta(frame, state)
        }
        if let gamma { writeGamma(lattice, from: frame, to: gamma + sample * size * size) }
      }
    }
  }

  private func writeGamma(
    _ lattice: CTCLatticeQuantities, from start: Int, to gamma: UnsafeMutablePointer<Double>
  ) {
    lattice.forEachGammaRow(from: start, to: lattice.frames) { source, frame, row in
      let first = ((start * states + source) * rows + frame) * states
      for target in 0..<lattice.stateCount { gamma[first + target] = row[target].logarithm }
    }
  }
}
