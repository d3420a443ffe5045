import LossKernelInterface

// The rows of the gradient.

extension BandKernel {
  /// Writes `softmax - posterior`, or its derivative, to a frame's row of the gradient.
  ///
  /// The posterior of slot 8i + j is element j of the 64 bytes that begin at `posteriors[8i]`.
  @inline(__always)
  func subtract(
    _ frame: Int, _ blocks: (first: Int, end: Int), from gradient: BandSample.Rows
  ) {
    let posteriors = UnsafePointer(memory.prefixes + frame &* slots)
    var lanes = Lanes.zero
    for vector in vectors(blocks) {
      // Slots past the last label have posteriors of zero.
      lanes = sum(lanes, Row.lanes(self.posteriors(posteriors, vector)))
    }
    let scale = memory.rowScales[frame]
    var blank = memory.blankEmissions[frame] * scale
    if sample.pointee.direction == nil {
      // The remaining posterior belongs to the blank. Rounding must not change its sign.
      let weight = sample.pointee.weight
      let rest = weight - laneSum(lanes)
      blank -= rest.sign == weight.sign ? rest : 0
    } else {
      // The derivatives of a frame's posteriors add up to zero.
      blank = blank * memory.blankRates[frame] + laneSum(lanes)
    }
    let row = gradient.base.assumingMemoryBound(to: Element.self) + frame &* gradient.frameStride
    let stride = gradient.tokenStride
    if Element.isRow {
      row[sample.pointee.blank &* stride] = Element(rounding: blank)
      subtract(
        posteriors, blocks, from: UnsafeMutableRawPointer(row).assumingMemoryBound(to: Row.self),
        stride: stride)
    } else if Element.isCentred {
      let whole = memory.numerators.assumingMemoryBound(to: Row.self)
      for token in 0..<sample.pointee.vocabulary { whole[token] = Row(rounding: 0) }
      whole[sample.pointee.blank] = Row(rounding: blank)
      subtract(posteriors, blocks, from: whole, stride: 1)
      for token in 0..<sample.pointee.vocabulary {
        row[token &* stride] = Element(row: whole[token])
      }
    } else {
      row[sample.pointee.blank &* stride] = Element(rounding: blank)
      subtractByColumn(posteriors, frame, blocks, from: row, stride: stride)
    }
  }

  /// Subtracts the posterior of each label from its element of a row.
  @inline(__always)
  private func subtract(
    _ posteriors: UnsafePointer<Double>, _ blocks: (first: Int, end: Int),
    from row: UnsafeMutablePointer<Row>, stride: Int
  ) {
    for vector in vectors(blocks) {
      let posteriors = self.posteriors(posteriors, vector)
      let labels = memory.labels + 8 &* vector
      let count = min(8, labelCount &- 8 &* vector)
      if count == 8 && stride == 1 {
        for lane in 0..<8 { Row.subtract(posteriors[lane], from: &row[Int(labels[lane])]) }
      } else {
        for lane in 0..<max(0, count) {
          Row.subtract(posteriors[lane], from: &row[Int(labels[lane]) &* stride])
        }
      }
    }
  }

  /// Adds up posteriors by token first, so that a narrow element is rounded once.
  @inline(never)
  private func subtractByColumn(
    _ posteriors: UnsafePointer<Double>, _ frame: Int, _ blocks: (first: Int, end: Int),
    from row: UnsafeMutablePointer<Element>, stride: Int
  ) {
    let sums = memory.sums
    for column in 0..<columnCount { sums[column] = 0 }
    for vector in vectors(blocks) {
      let posteriors = self.posteriors(posteriors, vector)
      for lane in 0..<max(0, min(8, labelCount &- 8 &* vector)) {
        sums[Int(memory.columns[8 &* vector &+ lane])] += posteriors[lane].double
      }
    }
    let scale = memory.rowScales[frame]
    let numerators = emissions + frame &* slots
    let directions =
      sample.pointee.direction == nil
      ? nil : memory.directions.assumingMemoryBound(to: Row.self) + frame &* slots
    for column in 0..<columnCount {
      let slot = Int(memory.firstSlots[column])
      var softmax = numerators[slot].double * scale
      if let directions { softmax *= directions[slot].double - memory.directionMeans[frame] }
      row[Int(memory.tokens[column]) &* stride] = Element(rounding: softmax - sums[column])
    }
  }

  @inline(__always)
  func posteriors(
    _ posteriors: UnsafePointer<Double>, _ vector: Int
  ) -> UnsafePointer<Row> {
    UnsafeRawPointer(posteriors + 8 &* vector).assumingMemoryBound(to: Row.self)
  }
}
