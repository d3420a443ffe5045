import CTCKernelInterface

/// Each frame's best token, and values that are no log-probabilities.
extension StridedBuffer {
  /// The first of some frames that has a NaN, a `+inf` or nothing above `-inf`; their end if none has.
  package func firstImpossible(_ sample: Int, _ frames: Range<Int>) -> Int {
    scan(sample, frames, places: nil, values: nil)
  }

  /// Writes the lowest of each frame's largest tokens and its value, up to the frame that
  /// ``firstImpossible(_:_:)`` gives, which is returned.
  package func best(
    _ sample: Int, _ frames: Range<Int>, places: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Double>
  ) -> Int {
    scan(sample, frames, places: places, values: values)
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
