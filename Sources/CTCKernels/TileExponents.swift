import CTCKernelInterface

/// What the states' mantissas are to be multiplied by during a tile: 2^exponent, for each state.
struct TileExponents<Topology: KernelTopology> {
  /// `[slots]` each.
  let blanks: UnsafeMutablePointer<Double>
  let labels: UnsafeMutablePointer<Double>
  /// `[slots / 8]`: which states of eight slots are zero before the tile, a bit each, labels last.
  let zeros: UnsafeMutablePointer<UInt16>

  /// Brings the states' mantissas to 1..<2, counting that in their exponents.
  ///
  /// A state of zero takes the exponent of the state before it, from which it will be reached.
  @inline(__always)
  func normalize(_ blocks: (first: Int, end: Int), _ memory: KernelMemory, from old: TileExponents)
  {
    var before = old.blanks[16 &* blocks.first]
    for vector in vectors(blocks) {
      let slot = 8 &* vector
      let blankStates = load(memory.blankStates + slot)
      let labelStates = Topology.hasLabelStates ? load(memory.labelStates + slot) : blankStates
      let smallest = Double.smallest(smaller(blankStates, labelStates))
      if smallest > 0 {
        zeros[vector] = 0
        store(sum(load(old.blanks + slot), binaryExponent(blankStates)), blanks + slot)
        store(significand(blankStates), memory.blankStates + slot)
        before = blanks[slot &+ 7]
        if Topology.hasLabelStates {
          store(sum(load(old.labels + slot), binaryExponent(labelStates)), labels + slot)
          store(significand(labelStates), memory.labelStates + slot)
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

  /// For eight slots some of whose states are zero; returns the last exponent.
  @inline(never)
  private func normalizeOneByOne(
    _ vector: Int, _ memory: KernelMemory, from old: TileExponents, _ last: Double
  ) -> Double {
    var before = last
    var mask: UInt16 = 0
    for lane in 0..<8 {
      let slot = 8 &* vector &+ lane
      let isZero = Self.normalize(&memory.blankStates[slot], old.blanks[slot], &before)
      blanks[slot] = before
      mask |= isZero ? 1 &<< UInt16(truncatingIfNeeded: lane) : 0
      if Topology.hasLabelStates {
        let isZero = Self.normalize(&memory.labelStates[slot], old.labels[slot], &before)
        labels[slot] = before
        mask |= isZero ? 256 &<< UInt16(truncatingIfNeeded: lane) : 0
      }
    }
    zeros[vector] = mask
    return before
  }

  @inline(__always)
  private static func normalize(
    _ state: inout Double, _ old: Double, _ exponent: inout Double
  ) -> Bool {
    if state.bitPattern == 0 { return true }
    exponent = old + binaryExponent(state)
    state = significand(state)
    return false
  }

  /// Sets what moves are multiplied by; returns the largest exponent of those, at least 0.
  @inline(__always)
  func setSteps(_ blocks: (first: Int, end: Int), _ memory: KernelMemory) -> Double {
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

  /// Brings suffix sums from this tile's exponents to those of the tile before; to zero where no prefix
  /// reaches the state, or hardly one. Returns the blocks that hold more than zeros.
  @inline(__always)
  func rescale(
    _ blocks: (first: Int, end: Int), _ memory: KernelMemory, to old: TileExponents,
    negligible: Double
  ) -> (first: Int, end: Int) {
    var first = blocks.end
    var end = blocks.first
    for vector in vectors(blocks) {
      let slot = 8 &* vector
      if zeros[vector] != 0 { clear(vector, memory) }
      // Prefix mantissas are in 1..<2 here, so these are posteriors but for a factor below two.
      let blank = positivePart(load(memory.blankSuffixes + slot), negligible)
      let label =
        Topology.hasLabelStates
        ? positivePart(load(memory.labelSuffixes + slot), negligible) : blank
      guard Double.largest(larger(blank, label)) > 0 else {
        store(Lanes.zero, memory.blankSuffixes + slot)
        store(Lanes.zero, memory.labelSuffixes + slot)
        continue
      }
      first = min(first, vector &>> 1)
      end = (vector &>> 1) &+ 1
      let change = difference(load(old.blanks + slot), load(blanks + slot))
      store(product(blank, powerOfTwo(change)), memory.blankSuffixes + slot)
      if Topology.hasLabelStates {
        let change = difference(load(old.labels + slot), load(labels + slot))
        store(product(label, powerOfTwo(change)), memory.labelSuffixes + slot)
      }
      if zeros[vector] != 0 { clear(vector, memory) }
    }
    return (min(first, end), end)
  }

  /// What of each lane is above `threshold`, which is nothing to a lane that is much larger.
  @inline(__always)
  private func positivePart(_ lanes: Lanes, _ threshold: Double) -> Lanes {
    let threshold = Lanes(repeating: threshold)
    return difference(larger(lanes, threshold), threshold)
  }

  /// Sets the suffix sums of states to zero that have a prefix sum of zero.
  @inline(never)
  private func clear(_ vector: Int, _ memory: KernelMemory) {
    for lane in 0..<8 {
      let slot = 8 &* vector &+ lane
      let bit = UInt16(truncatingIfNeeded: 1 &<< lane)
      if zeros[vector] & bit != 0 { memory.blankSuffixes[slot] = 0 }
      if zeros[vector] & bit &<< 8 != 0 { memory.labelSuffixes[slot] = 0 }
    }
  }
}
