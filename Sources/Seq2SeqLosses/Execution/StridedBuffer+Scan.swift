import LossKernelInterface

/// Finds each frame's best token, and values that are not log-probabilities.
extension StridedBuffer {
  /// The first of some frames that contains NaN or `+inf`, or only `-inf`; the end of the range if
  /// there is none.
  package func firstImpossible(_ sample: Int, _ frames: Range<Int>) -> Int {
    scan(sample, frames, places: nil, values: nil)
  }

  /// Writes each frame's best token (the lowest if several tie) and its value, for the frames
  /// before ``firstImpossible(_:_:)``, which is returned.
  package func best(
    _ sample: Int, _ frames: Range<Int>, places: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Double>
  ) -> Int {
    scan(sample, frames, places: places, values: values)
  }

  /// Whether some of the frames contain NaN or `+inf`, which are not log-probabilities. `-inf` is
  /// one.
  func holdsNoLogProbability(_ sample: Int, _ frames: Range<Int>) -> Bool {
    // 16-bit values are compared by their bits; a generic loop over other types would make a call
    // for each value.
    if Element.self == BFloat16.self {
      return holds(sample, frames, as: UInt16.self) { $0 & 0x7FFF > 0x7F80 || $0 == 0x7F80 }
    }
    if Element.kernelElement == .float16 {
      return holds(sample, frames, as: UInt16.self) { $0 & 0x7FFF > 0x7C00 || $0 == 0x7C00 }
    }
    if Element.self == Double.self {
      return holds(sample, frames, as: Double.self) { !($0 < .infinity) }
    }
    var frame = firstImpossible(sample, frames)
    while frame < frames.upperBound {
      // A row of only `-inf` consists of log-probabilities.
      if holds(sample, frame..<frame + 1, as: Element.self, where: { !($0.widened < .infinity) }) {
        return true
      }
      frame = firstImpossible(sample, frame + 1..<frames.upperBound)
    }
    return false
  }

  @inline(__always)
  private func holds<Concrete>(
    _ sample: Int, _ frames: Range<Int>, as type: Concrete.Type, where isBad: (Concrete) -> Bool
  ) -> Bool {
    for frame in frames {
      guard let source = start(sample, frame, as: type) else { return false }
      var found: UInt8 = 0
      if layout.vocabularyStride == 1 {
        for token in 0..<layout.vocabulary { found |= isBad(source[token]) ? 1 : 0 }
      } else {
        for token in 0..<layout.vocabulary {
          found |= isBad(source[token * layout.vocabularyStride]) ? 1 : 0
        }
      }
      if found != 0 { return true }
    }
    return false
  }

  private func scan(
    _ sample: Int, _ frames: Range<Int>, places: UnsafeMutablePointer<Int32>?,
    values: UnsafeMutablePointer<Double>?
  ) -> Int {
    if Element.self == Float.self, layout.vocabularyStride == 1 {
      guard let words = start(sample, frames.lowerBound, as: Int32.self) else {
        return frames.lowerBound
      }
      var scan = RowScan(
        words: words, rowStride: layout.timeStride, rows: frames.count, width: layout.vocabulary,
        places: places, values: values)
      KernelVariant.current.run(&scan)
      return frames.lowerBound + scan.firstImpossible
    }
    return if Element.self == Double.self {
      scan(sample, frames, places, values, as: Double.self)
    } else {
      scan(sample, frames, places, values, as: Element.self)
    }
  }

  @inline(__always)
  private func scan<Concrete: LogitElement>(
    _ sample: Int, _ frames: Range<Int>, _ places: UnsafeMutablePointer<Int32>?,
    _ values: UnsafeMutablePointer<Double>?, as type: Concrete.Type
  ) -> Int {
    for frame in frames {
      guard let source = start(sample, frame, as: type) else { return frame }
      var isBelow = true
      var best = (token: -1, value: -Double.infinity)
      for token in 0..<layout.vocabulary {
        let value = source[token * layout.vocabularyStride].widened
        isBelow = isBelow && value < .infinity
        if value > best.value { best = (token, value) }
      }
      guard isBelow && best.token >= 0 else { return frame }
      places?[frame - frames.lowerBound] = Int32(best.token)
      values?[frame - frames.lowerBound] = best.value
    }
    return frames.upperBound
  }
}
