/// The lattice quantities of one sample: the forward and backward variables and the derivatives.
///
/// All logarithms are natural; `-inf` stands for probability 0. T is the sample's number of valid
/// frames, S the number of lattice states, V the size of the vocabulary. Classic: state 2u is the
/// blank after u labels, state 2u-1 is label u; S = 2U+1. Simplified: state u means that u labels
/// have been emitted; S = U+1.
///
/// The `alpha[t, l, s]` of tf-seq2seq-losses' classic loss is state 2l for s = 0 and state 2l-1 for
/// s = 1. (There is no label 0; that package has an additional state instead.)
public struct CTCLatticeQuantities: Sendable {
  /// T, the number of valid frames.
  public let frames: Int
  /// S, the number of lattice states.
  public let stateCount: Int
  /// V, the size of the vocabulary.
  public let vocabulary: Int
  /// `log α`, `[T + 1, S]`: entry (t, s) is the sum over the paths from the start that are in state
  /// s after t frames.
  public let logAlpha: [Double]
  /// `log β`, `[T + 1, S]`: entry (t, s) is the sum over the paths from state s after t frames to
  /// the end.
  ///
  /// Frame t - 1 counts in α, frame t in β: `Σ_s α(t, s) β(t, s)` is the same for every t.
  public let logBeta: [Double]
  /// The logarithms of the occupancies, `[T, V]`: of minus the derivative of the loss with respect
  /// to the log-probabilities. Empty for a sample without a path, NaN for a NaN sample.
  public let logGradient: [Double]
  /// The loss, in nats.
  public let loss: Double
  /// The gradient with respect to the input, as ``CTCLoss/inputs`` says, `[T, V]`.
  public let gradient: [Double]
  /// The Hessian with respect to the input, `[T, V, T, V]`; empty unless it was requested.
  public let hessian: [Double]
  /// The sample's lattice, and its emissions `[T, columns]`.
  let lattice: BandLattice
  let emissions: [ExtendedRange]

  /// `log α` in state `state` after `frame` frames.
  ///
  /// - Precondition: `frame` is in `0...frames`, `state` in `0..<stateCount`.
  public func logAlpha(_ frame: Int, _ state: Int) -> Double {
    precondition((0..<stateCount).contains(state), "no state \(state)")
    return logAlpha[frame * stateCount + state]
  }

  /// `log β` in state `state` after `frame` frames.
  ///
  /// - Precondition: `frame` is in `0...frames`, `state` in `0..<stateCount`.
  public func logBeta(_ frame: Int, _ state: Int) -> Double {
    precondition((0..<stateCount).contains(state), "no state \(state)")
    return logBeta[frame * stateCount + state]
  }

  /// `log γ`, `[S, S]`: entry (s, r) is the sum over the paths from state s after `start` frames to
  /// state r after `end` frames, as the gamma of tf-seq2seq-losses. `-inf` if r cannot be reached.
  ///
  /// O((end - start) · S²).
  ///
  /// - Throws: ``InputError`` unless `0 <= start <= end <= frames`.
  public func logGamma(from start: Int, to end: Int) throws(InputError) -> [Double] {
    guard 0 <= start, start <= end, end <= frames else {
      throw InputError("frames", "\(start) to \(end) is not within 0...\(frames)")
    }
    var gamma = [Double](repeating: -.infinity, count: stateCount * stateCount)
    forEachGammaRow(from: start, to: end) { source, frame, row in
      guard frame == end else { return }
      for target in 0..<stateCount { gamma[source * stateCount + target] = row[target].logarithm }
    }
    return gamma
  }

  /// Calls `body(source, frame, row)` for each state `source` and each frame up to `end`. `row`
  /// contains the sums over the paths from that state after `start` frames to each state after
  /// `frame`.
  package func forEachGammaRow(
    from start: Int, to end: Int,
    _ body: (_ source: Int, _ frame: Int, _ row: UnsafePointer<ExtendedRange>) -> Void
  ) {
    let memory = ScratchMemory()
    // The rows refer to the memory, so it must stay alive.
    defer { withExtendedLifetime(memory) {} }
    let rows = LatticeRows<ExtendedRange>(memory, stateCount: stateCount, kept: 2)
    let columnCount = frames == 0 ? 0 : emissions.count / frames
    for source in 0..<stateCount {
      let between = lattice.with(startStates: source..<source + 1, finalStates: 0..<stateCount)
      between.start(rows)
      body(source, start, UnsafePointer(rows[0]))
      let emission = { (frame: Int, column: Int) in
        emissions[(start + frame) * columnCount + column]
      }
      between.sweep(0..<(end - start), of: end - start, rows, emission: emission) { frame in
        body(source, start + frame + 1, UnsafePointer(rows[frame + 1]))
      }
    }
  }
}
