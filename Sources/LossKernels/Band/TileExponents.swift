import LossKernelInterface

/// The powers of two of the states' mantissas during a tile: 2^exponent for each state.
struct TileExponents<Topology: KernelTopology, Number: LatticeNumber> {
  /// `[slots]` each.
  let blanks: UnsafeMutablePointer<Double>
  let labels: UnsafeMutablePointer<Double>
  /// `[slots / 8]`: the states of eight slots that are zero before the tile, one bit each, labels
  /// last.
  let zeros: UnsafeMutablePointer<UInt16>
  let slots: Int

  /// Normalizes the mantissas of the states to 1..<2, and adjusts their exponents.
  ///
  /// A state of zero gets the exponent of the state before it, from which it will be reached.
  @inline(__always)
  func normalize(_ blocks: (first: Int, end: Int), _ memory: BandMemory, from old: TileExponents) {
    var before = old.blanks[16 &* blocks.first]
    for vector in vectors(blocks) {
      let slot = 8 &* vector
      let blankStates = load(memory.blankStates + slot)
      let labelStates = Topology.hasLabelStates ? load(memory.labelStates + slot) : blankStates
      let smallest = Double.smallest(smaller(blankStates, labelStates))
      if smallest > 0 {
        zeros[vector] = 0
        normalize(
          blankStates, memory.blankStates + slot, old: old.blanks + slot, new: blanks + slot)
        before = blanks[slot &+ 7]
        if Topology.hasLabelStates {
          normalize(
            labelStates, memory.labelStates + slot, old: old.labels + slot, new: labels + slot)
          before = labels[slot &+ 7]
        }
      } else if Double.largest(larger(blankStates, labelStates)) == 0 {
        zeros[vector] = 0xFFFF
        store(Lanes(repeating: before), blanks + slot)
        store(Lanes(repeating: before), labels + slot)
      } else {
        before = normalizeOneByOne(vector, memory, from: old, before)
      }
    }
  }

  @inline(__always)
  private func normalize(
    _ lanes: Lanes, _ states: UnsafeMutablePointer<Double>, old: UnsafePointer<Double>,
    new: UnsafeMutablePointer<Double>
  ) {
    let exponent = binaryExponent(lanes)
    store(sum(load(old), exponent), new)
    store(significand(lanes), states)
    Number.scaleTangents(states, stride: slots, by: powerOfTwo(difference(Lanes.zero, exponent)))
  }

  /// The same for eight slots of which some states are zero; returns the last exponent.
  @inline(never)
  private func normalizeOneByOne(
    _ vector: Int, _ memory: BandMemory, from old: TileExponents, _ last: Double
  ) -> Double {
    var before = last
    var mask: UInt16 = 0
    for lane in 0..<8 {
      let slot = 8 &* vector &+ lane
      let isZero = normalize(memory.blankStates + slot, old.blanks[slot], &before)
      blanks[slot] = before
      mask |= isZero ? 1 &<< UInt16(truncatingIfNeeded: lane) : 0
      if Topology.hasLabelStates {
        let isZero = normalize(memory.labelStates + slot, old.labels[slot], &before)
        labels[slot] = before
        mask |= isZero ? 256 &<< UInt16(truncatingIfNeeded: lane) : 0
      }
    }
    zeros[vector] = mask
    return before
  }

  @inline(__always)
  private func normalize(
    _ state: UnsafeMutablePointer<Double>, _ old: Double, _ exponent: inout Double
  ) -> Bool {
    if state.pointee.bitPattern == 0 { return true }
    let change = binaryExponent(state.pointee)
    exponent = old + change
    state.pointee = significand(state.pointee)
    if Number.components == 2 { state[slots] *= powerOfTwo(0 - change) }
    return false
  }

  /// Sets the factors of moves; returns their largest exponent, at least 0.
  @inline(__always)
  func setSteps(_ blocks: (first: Int, end: Int), _ memory: BandMemory) -> Double {
    var growth = Lanes.zero
    var before = blanks[16 &* blocks.first]
    for vector in vectors(blocks) {
      let slot = 8 &* vector
      let blank = load(blanks + slot)
      if Topology.hasLabelStates {
        let label = load(labels + slot)
        let source = shiftedUp(label, first: before)
        before = label[7]
        let canSkip = load(memory.canSkip + slot)
        let toBlank = difference(source, blank)
        let toLabel = difference(blank, label)
        let skip = difference(source, label)
        store(powerOfTwo(toBlank), memory.toBlank + slot)
        store(powerOfTwo(toLabel), memory.toLabel + slot)
        store(product(canSkip, powerOfTwo(skip)), memory.skips + slot)
        growth = larger(
          growth, larger(larger(toBlank, toLabel), product(canSkip, skip)))
      } else {
        let toBlank = difference(shiftedUp(blank, first: before), blank)
        before = blank[7]
        store(powerOfTwo(toBlank), memory.toBlank + slot)
        growth = larger(growth, toBlank)
      }
    }
    return Double.largest(growth)
  }

  /// Converts suffix sums from this tile's exponents to those of the previous tile. States that no
  /// prefix reaches, or that are negligible, become zero. Returns the blocks that are not all zero.
  @inline(__always)
  func rescale(
    _ blocks: (first: Int, end: Int), _ memory: BandMemory, to old: TileExponents,
    negligible: Double
  ) -> (first: Int, end: Int) {
    var first = blocks.end
    var end = blocks.first
    for vector in vectors(blocks) {
      let slot = 8 &* vector
      if zeros[vector] != 0 { clear(vector, memory) }
      // Prefix mantissas are in 1..<2 here, so these are the posteriors up to a factor of two.
      let blank = positivePart(load(memory.blankSuffixes + slot), negligible)
      let label =
        Topology.hasLabelStates
        ? positivePart(load(memory.labelSuffixes + slot), negligible) : blank
      guard Double.largest(larger(blank, label)) > 0 else {
        for component in 0..<Number.components {
          store(Lanes.zero, memory.blankSuffixes + component &* slots + slot)
          store(Lanes.zero, memory.labelSuffixes + component &* slots + slot)
        }
        continue
      }
      first = min(first, vector &>> 1)
      end = (vector &>> 1) &+ 1
      rescale(blank, memory.blankSuffixes + slot, from: blanks + slot, to: old.blanks + slot)
      if Topology.hasLabelStates {
        rescale(label, memory.labelSuffixes + slot, from: labels + slot, to: old.labels + slot)
      }
      if zeros[vector] != 0 { clear(vector, memory) }
    }
    return (min(first, end), end)
  }

  @inline(__always)
  private func rescale(
    _ lanes: Lanes, _ states: UnsafeMutablePointer<Double>, from new: UnsafePointer<Double>,
    to old: UnsafePointer<Double>
  ) {
    let factor = powerOfTwo(difference(load(old), load(new)))
    store(product(lanes, factor), states)
    // 1 for states that are kept, 0 for states that are dropped.
    let kept = smaller(product(lanes, Lanes(repeating: 0x1p1000)), Lanes(repeating: 1))
    Number.scaleTangents(states, stride: slots, by: product(factor, kept))
  }

  /// The part of each lane above `threshold`. The subtraction does not change lanes that are much
  /// larger.
  @inline(__always)
  private func positivePart(_ lanes: Lanes, _ threshold: Double) -> Lanes {
    let threshold = Lanes(repeating: threshold)
    return difference(larger(lanes, threshold), threshold)
  }

  /// Sets the suffix sums of states to zero whose prefix sum is zero.
  @inline(never)
  private func clear(_ vector: Int, _ memory: BandMemory) {
    for lane in 0..<8 {
      let slot = 8 &* vector &+ lane
      let bit = UInt16(truncatingIfNeeded: 1 &<< lane)
      for component in 0..<Number.components {
        let index = component &* slots &+ slot
        if zeros[vector] & bit != 0 { memory.blankSuffixes[index] = 0 }
        if zeros[vector] & bit &<< 8 != 0 { memory.labelSuffixes[index] = 0 }
      }
    }
  }
}
