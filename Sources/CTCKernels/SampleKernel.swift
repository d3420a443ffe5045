import CTCKernelInterface

/// One sample's loss and gradient, in three stages: rows to numerators, prefixes, suffixes.
struct SampleKernel<Element: KernelElement> {
  typealias Row = Element.Row

  let sample: UnsafeMutablePointer<KernelSample>
  let memory: KernelMemory
  let frames: Int
  let slots: Int
  let labelCount: Int
  var columnCount = 0

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<KernelSample>) {
    self.sample = sample
    memory = KernelMemory(sample.pointee, rowBytes: MemoryLayout<Row>.stride)
    frames = sample.pointee.frames
    slots = sample.pointee.paddedSlots
    labelCount = sample.pointee.labelCount
    assignColumns()
  }

  @inline(__always)
  var emissions: UnsafeMutablePointer<Row> { memory.emissions.assumingMemoryBound(to: Row.self) }

  /// Gives each distinct label a column, and notes where blanks may be skipped.
  @inline(__always)
  private mutating func assignColumns() {
    let labels = sample.pointee.labels
    for index in 0..<sample.pointee.vocabulary { memory.columnOfToken[index] = -1 }
    var count = 0
    for slot in 0..<labelCount {
      let label = labels[slot]
      if memory.columnOfToken[label] < 0 {
        memory.columnOfToken[label] = Int32(truncatingIfNeeded: count)
        memory.tokens[count] = Int32(truncatingIfNeeded: label)
        memory.firstSlots[count] = Int32(truncatingIfNeeded: slot)
        count &+= 1
      }
      memory.labels[slot] = Int32(truncatingIfNeeded: label)
      memory.columns[slot] = memory.columnOfToken[label]
      memory.canSkip[slot] = slot > 0 && labels[slot &- 1] != label ? 1 : 0
    }
    for slot in labelCount..<slots { memory.canSkip[slot] = 0 }
    columnCount = count
  }

  /// Runs all stages; the outcome is left in the sample.
  @inline(__always)
  func run<Topology: KernelTopology>(_ topology: Topology.Type) {
    var rows = SoftmaxRows<Element>(sample, memory)
    for frame in 0..<frames {
      guard rows.read(frame) else {
        sample.pointee.outcome = rows.isInvalid ? .invalid : .wide
        return
      }
      guard gather(frame, from: rows.numerators, rows) else {
        sample.pointee.outcome = .wide
        return
      }
      rows.finish(frame)
    }
    var lattice = Lattice<Row, Topology>(
      memory: memory, frames: frames, slots: slots, labelCount: labelCount,
      keepsPrefixes: sample.pointee.gradient != nil)
    guard lattice.sumPrefixes() else {
      sample.pointee.outcome = .wide
      return
    }
    let total = lattice.total
    guard total > 0 else {
      sample.pointee.outcome = .infeasible
      return
    }
    sample.pointee.outcome = .done
    sample.pointee.mantissa = total / rows.normalizer
    sample.pointee.exponent = lattice.totalExponent - rows.exponent
    if let gradient = sample.pointee.gradient {
      lattice.sumSuffixes(seed: sample.pointee.weight / total) { first, end in
        for frame in first..<end {
          let active = lattice.blocks(frame, frame &+ 1)
          subtractPosteriors(
            frame, 8 &* active.first, min(labelCount, 8 &* active.end), from: gradient)
        }
      }
    }
  }

  /// Copies the numerators of a frame's needed tokens to their slots; false where one is out of range.
  @inline(__always)
  private func gather(
    _ frame: Int, from numerators: UnsafePointer<Row>, _ rows: SoftmaxRows<Element>
  ) -> Bool {
    let target = emissions + frame &* slots
    let labels = memory.labels
    for slot in 0..<labelCount { target[slot] = numerators[Int(labels[slot])] }
    for slot in labelCount..<slots { target[slot] = Row(rounding: 0) }
    let blank = numerators[sample.pointee.blank]
    memory.blankEmissions[frame] = blank.double
    var least = blank.double
    if labelCount >= 8 {
      var small = Row.load(target)
      var slot = 8
      while slot < labelCount {
        // The last vector may overlap the one before.
        small = Row.minimum(small, Row.load(target + min(slot, labelCount &- 8)))
        slot &+= 8
      }
      least = min(least, Row.smallest(small))
    } else {
      for slot in 0..<labelCount { least = min(least, target[slot].double) }
    }
    if least == 0 {
      guard let nonzero = rows.smallestPositive(labels: labels, count: labelCount) else {
        return false
      }
      least = nonzero
    }
    let exponent = Int32(truncatingIfNeeded: least.bitPattern &>> 52) &- 1023
    // Numerators may also be as large as 2^9.
    memory.bits[frame] = max(9, 0 &- exponent)
    return true
  }

  /// Adds up a frame's posteriors by token and puts `softmax - posterior` in the gradient's place.
  @inline(__always)
  private func subtractPosteriors(
    _ frame: Int, _ firstSlot: Int, _ endSlot: Int, from gradient: KernelSample.Rows
  ) {
    let posteriors = memory.prefixes + frame &* slots
    let sums = memory.sums
    let columns = memory.columns
    for column in 0..<columnCount { sums[column] = 0 }
    var total = 0.0
    for slot in firstSlot..<endSlot {
      sums[Int(columns[slot])] += posteriors[slot]
      total += posteriors[slot]
    }
    let scale = memory.rowScales[frame]
    let weight = sample.pointee.weight
    let numerators = emissions + frame &* slots
    let stride = gradient.tokenStride
    // What labels leave; its rounding may not make a posterior of the other sign.
    let rest = (weight - total).sign == weight.sign ? weight - total : 0
    let blank = memory.blankEmissions[frame] * scale - rest
    let (tokens, firstSlots) = (memory.tokens, memory.firstSlots)
    let row = gradient.base.assumingMemoryBound(to: Element.self) + frame &* gradient.frameStride
    row[sample.pointee.blank &* stride] = Element(rounding: blank)
    for column in 0..<columnCount {
      let softmax = numerators[Int(firstSlots[column])].double * scale
      row[Int(tokens[column]) &* stride] = Element(rounding: softmax - sums[column])
    }
  }
}
