import LossKernelInterface

// Each row of the gradients, from its products to the caller's array.

extension AdditiveGradient {
  @inline(__always)
  func finishEncoder(
    _ frame: Int, _ row: UnsafeMutablePointer<Row>, _ target: UnsafeMutablePointer<Element>
  ) {
    multiply(row, by: left + frame &* rowStride)
    if sample.pointee.exactCount > 0 {
      for position in 0..<positions { addExact(frame, position, to: row) }
      addExactAverage(frame, to: row)
    }
    let scale = sample.pointee.jointShare + sample.pointee.encoderShare
    var blanks = 0.0
    for position in 0..<positions {
      let (blank, label) = shares(frame, position)
      blanks += blank
      if position < sample.pointee.labelCount {
        Row.subtract(Row(rounding: scale * label), from: &row[sample.pointee.labels[position]])
      }
    }
    Row.subtract(Row(rounding: scale * blanks), from: &row[sample.pointee.blank])
    copy(row, to: target)
  }

  @inline(__always)
  func finishPredictor(
    _ position: Int, _ row: UnsafeMutablePointer<Row>, _ target: UnsafeMutablePointer<Element>
  ) {
    multiply(row, by: right + position &* rowStride)
    if sample.pointee.exactCount > 0 {
      for frame in 0..<frames { addExact(frame, position, to: row) }
    }
    let scale = sample.pointee.jointShare + sample.pointee.predictorShare
    var (blanks, labels) = (0.0, 0.0)
    for frame in 0..<frames {
      let (blank, label) = shares(frame, position)
      blanks += blank
      labels += label
    }
    if position < sample.pointee.labelCount {
      Row.subtract(Row(rounding: scale * labels), from: &row[sample.pointee.labels[position]])
    }
    Row.subtract(Row(rounding: scale * blanks), from: &row[sample.pointee.blank])
    copy(row, to: target)
  }

  /// The derivative with respect to the average's logarithms, in double precision except for the
  /// product.
  @inline(__always)
  func finishAverage(_ row: UnsafeMutablePointer<Row>) {
    guard let target = sample.pointee.averageGradient else { return }
    multiply(row, by: right + positions &* rowStride)
    if sample.pointee.exactCount > 0 {
      for frame in 0..<frames { addExactAverage(frame, to: row) }
    }
    for token in 0..<vocabulary { target[token] = row[token].double }
    let scale = sample.pointee.encoderShare
    for frame in 0..<frames {
      for position in 0..<positions {
        let (blank, label) = shares(frame, position)
        target[sample.pointee.blank] -= scale * blank
        if position < sample.pointee.labelCount {
          target[sample.pointee.labels[position]] -= scale * label
        }
      }
    }
  }

  @inline(__always)
  private func multiply(_ row: UnsafeMutablePointer<Row>, by factors: UnsafePointer<Row>) {
    var token = 0
    while token < memory.paddedVocabulary {
      Row.store(Row.multiply(Row.load(row + token), Row.load(factors + token)), row + token)
      token &+= Row.width
    }
  }

  /// Adds a node that was computed directly.
  @inline(__always)
  private func addExact(_ frame: Int, _ position: Int, to row: UnsafeMutablePointer<Row>) {
    let place = frame &* nodeStride &+ position
    guard memory.sums[place] == 0 else { return }
    let (blank, label) = shares(frame, position)
    let mass = blank + label
    guard mass > negligible else { return }
    AdditiveRows<Element>(sample, memory).addSoftmax(
      frame, position, normalizer: memory.normalizers[place],
      weight: sample.pointee.jointShare * mass, to: row)
  }

  /// Adds the sum of a frame and the average, if it was computed directly.
  @inline(__always)
  private func addExactAverage(_ frame: Int, to row: UnsafeMutablePointer<Row>) {
    let place = frame &* nodeStride &+ positions
    guard hasAverage, memory.sums[place] == 0 else { return }
    var whole = 0.0
    for position in 0..<positions {
      let (blank, label) = shares(frame, position)
      whole += blank + label
    }
    guard whole > negligible else { return }
    AdditiveRows<Element>(sample, memory).addSoftmax(
      frame, positions, normalizer: memory.normalizers[place],
      weight: sample.pointee.encoderShare * whole, to: row)
  }

  /// Rounds a row to the caller's type.
  @inline(__always)
  private func copy(
    _ row: UnsafeMutablePointer<Row>, to target: UnsafeMutablePointer<Element>
  ) {
    // One by one, because the compiler vectorizes such a short loop. A vector of `Float16` would be
    // made by a generic function, which would not be inlined in such a large caller.
    guard Element.isRow, vocabulary >= Row.width else {
      for token in 0..<vocabulary { target[token] = Element(row: row[token]) }
      return
    }
    var token = 0
    while token < vocabulary {
      let place = min(token, vocabulary &- Row.width)
      Element.store(Row.load(row + place), target + place)
      token &+= Row.width
    }
  }
}
