import LossKernelInterface

// Samples that share rows.

extension BandKernel {
  /// Copies the numerators that a frame needs from those of the shared rows.
  @inline(__always)
  func take(_ frame: Int, _ shared: BandSample.Shared) {
    let rows = shared.numerators.assumingMemoryBound(to: Row.self)
    gather(frame, from: rows + frame &* sample.pointee.vocabulary)
    // They are at most 1, and a sum of up to three states may multiply them by four.
    memory.gainedBits[frame] = 3
  }

  /// Sets the ratio of the sample's probability, if its posteriors are weighted by it. Returns
  /// false if they would be zero or too large.
  @inline(__always)
  func findShare() -> Bool {
    guard let share = sample.pointee.shared?.share else { return true }
    var value = 1.0
    if share.mantissa > 0 {
      let exponent = sample.pointee.exponent - share.exponent
      let ratio = sample.pointee.mantissa / share.mantissa
      if exponent > 500 {
        value = .infinity
      } else if exponent < -1000 {
        value = 0
      } else {
        // An integer: adding 2^52 leaves it in the lowest bits.
        value = ratio * Double(bitPattern: (exponent + (1023 + 0x1p52)).bitPattern &<< 52)
      }
    }
    sample.pointee.shared?.share?.value = value
    return value > 0 && value < .infinity
  }

  /// Adds a frame's posteriors to those of other samples.
  @inline(__always)
  func add(
    _ frame: Int, _ blocks: (first: Int, end: Int), to sums: UnsafeMutablePointer<Double>
  ) {
    guard let shared = sample.pointee.shared else { return }
    if let share = shared.share {
      let (first, second) = (shared.factor * share.value, share.value)
      let row = sums + 2 &* frame &* sample.pointee.vocabulary
      forEachPosterior(frame, blocks) { token, posterior in
        row[2 &* token] += first * posterior
        row[2 &* token &+ 1] += second * posterior
      }
    } else {
      let factor = shared.factor
      let row = sums + frame &* sample.pointee.vocabulary
      forEachPosterior(frame, blocks) { token, posterior in row[token] += factor * posterior }
    }
  }

  /// Calls `body` with the posterior of each label that a path may emit here, and with the
  /// remaining posterior for the blank.
  @inline(__always)
  private func forEachPosterior(
    _ frame: Int, _ blocks: (first: Int, end: Int),
    _ body: (_ token: Int, _ posterior: Double) -> Void
  ) {
    let posteriors = UnsafePointer(memory.prefixes + frame &* slots)
    var rest = sample.pointee.weight
    for vector in vectors(blocks) {
      let posteriors = self.posteriors(posteriors, vector)
      let labels = memory.labels + 8 &* vector
      for lane in 0..<max(0, min(8, labelCount &- 8 &* vector)) {
        let posterior = posteriors[lane].double
        rest -= posterior
        body(Int(labels[lane]), posterior)
      }
    }
    body(sample.pointee.blank, max(0, rest))
  }
}
