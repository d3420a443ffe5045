import CTCKernelInterface

/// Sums over paths in block floating point: numbers of a state share one exponent for a tile of frames.
///
/// Slot i holds two states, the blank after i labels and label i; each state's sum is
/// `mantissa · 2^exponent`. A tile begins with mantissas in 1..<2 and ends before they could leave
/// 2^-400...2^400, which follows from the sizes of the emissions alone: so inside a tile a step is
/// plain multiplications and additions, and nothing underflows that could matter later. A move to
/// another state multiplies by 2^(exponent of the one - exponent of the other), fixed for the tile.
///
/// Suffix sums use the same exponents, negated: then a posterior is a plain product with the prefix
/// sum. There, what underflows has a posterior below 2^-200; what could overflow belongs to states that
/// no prefix reaches, and is set to zero between tiles.
///
/// States are computed in blocks of eight slots, all frames of a tile at once, so that they stay in
/// registers. Blocks out of reach from the start or the end are left out.
struct Lattice<Row: RowScalar, Topology: KernelTopology> {
  private let memory: KernelMemory
  private let frames: Int
  private let slots: Int
  private let labelCount: Int
  private let keepsPrefixes: Bool
  private var tileCount = 0

  @inline(__always)
  init(
    memory: KernelMemory, frames: Int, slots: Int, labelCount: Int, keepsPrefixes: Bool
  ) {
    self.memory = memory
    self.frames = frames
    self.slots = slots
    self.labelCount = labelCount
    self.keepsPrefixes = keepsPrefixes
  }

  /// Two exponents a slot, each twice itself plus 1 where the state's sum is zero.
  @inline(__always)
  private func record(_ tile: Int) -> UnsafeMutablePointer<Int32> {
    memory.exponents + (keepsPrefixes ? tile &* 2 &* slots : 0)
  }

  /// The frames during which a block of slots is within reach of both ends.
  @inline(__always)
  private func reach(_ block: Int) -> (first: Int, end: Int) {
    (max(0, 8 &* block &- 1), min(frames, 8 &* block &+ 9 &- labelCount &+ frames))
  }

  /// The blocks within reach during some of the frames.
  @inline(__always)
  func blocks(_ first: Int, _ end: Int) -> (first: Int, end: Int) {
    let behind = labelCount &+ first &- frames &- 9
    return (behind < 0 ? 0 : (behind &>> 3) &+ 1, min(slots &>> 3, (end &>> 3) &+ 1))
  }

  /// Runs over all frames; false where some frame's emissions are out of range.
  @inline(__always)
  mutating func sumPrefixes() -> Bool {
    for slot in 0..<slots {
      memory.blankStates[slot] = 0
      memory.labelStates[slot] = 0
    }
    memory.blankStates[0] = 1
    let start = record(0)
    for index in 0..<2 &* slots { start[index] = 0 }
    var frame = 0
    while frame < frames {
      let farthest = min(frames, frame &+ KernelMemory.framesInTile)
      let reached = blocks(frame, farthest)
      let current = record(tileCount)
      normalize(reached, from: record(max(0, tileCount &- 1)), to: current)
      let growth = setSteps(reached, current)
      var used: Int32 = 0
      var end = frame
      while end < farthest {
        used &+= memory.bits[end] &+ growth &+ 2
        if used > 400 { break }
        end &+= 1
      }
      guard end > frame else { return false }
      for index in 0..<end &- frame { memory.carries[index] = 0 }
      let active = blocks(frame, end)
      var block = active.first
      while block < active.end {
        let (first, last) = reach(block)
        let span = span(block, max(first, frame), min(last, end), tile: frame)
        if keepsPrefixes {
          Topology.advance(span, keepsPrefixes: true)
        } else {
          Topology.advance(span, keepsPrefixes: false)
        }
        var index = max(first, min(last, end)) &- frame
        while index < end &- frame {
          memory.carries[index] = 0
          index &+= 1
        }
        block &+= 1
      }
      memory.tiles[tileCount] = Int32(truncatingIfNeeded: frame)
      tileCount &+= 1
      frame = end
    }
    memory.tiles[tileCount] = Int32(truncatingIfNeeded: frames)
    return true
  }

  /// The mantissa of the sum over all complete paths.
  @inline(__always)
  var total: Double {
    var total = memory.blankStates[labelCount]
    if Topology.hasLabelStates && labelCount > 0 {
      total += memory.labelStates[labelCount &- 1] * finalFactor
    }
    return total
  }

  /// The exponent of ``total``.
  @inline(__always)
  var totalExponent: Double { Double(record(tileCount &- 1)[2 &* labelCount] &>> 1) }

  /// The last label's exponent less the last blank's, as a power of two.
  @inline(__always)
  private var finalFactor: Double {
    let last = record(tileCount &- 1)
    return scale((last[2 &* labelCount &- 1] &>> 1) &- (last[2 &* labelCount] &>> 1))
  }

  /// Turns the kept prefix sums into posteriors times `seed` times the total's mantissa;
  /// `emit(first, end)` is called for each tile whose posteriors stand, the last one first.
  @inline(__always)
  func sumSuffixes(seed: Double, emit: (_ first: Int, _ end: Int) -> Void) {
    for slot in 0..<slots {
      memory.blankStates[slot] = 0
      memory.labelStates[slot] = 0
    }
    memory.blankStates[labelCount] = seed
    if Topology.hasLabelStates && labelCount > 0 {
      memory.labelStates[labelCount &- 1] = seed * finalFactor
    }
    var tile = tileCount &- 1
    while tile >= 0 {
      let frame = Int(memory.tiles[tile])
      let end = Int(memory.tiles[tile &+ 1])
      let active = blocks(frame, end)
      _ = setSteps(active, record(tile))
      for index in 0..<end &- frame { memory.carries[index] = 0 }
      var block = active.end &- 1
      while block >= active.first {
        let (first, last) = reach(block)
        Topology.retreat(span(block, max(first, frame), min(last, end), tile: frame))
        var index = 0
        while index < min(end, first) &- frame {
          memory.carries[index] = 0
          index &+= 1
        }
        block &-= 1
      }
      emit(frame, end)
      if tile > 0 { rescale(active, from: record(tile), to: record(tile &- 1)) }
      tile &-= 1
    }
  }

  @inline(__always)
  private func span(_ block: Int, _ first: Int, _ end: Int, tile: Int) -> BlockSpan<Row> {
    let slot = 8 &* block
    let emissions = memory.emissions.assumingMemoryBound(to: Row.self)
    return BlockSpan(
      first: first, end: max(first, end), stride: slots, emissions: emissions + slot,
      blankEmissions: memory.blankEmissions, prefixes: memory.prefixes + slot,
      // Indexed by frame, as the rest.
      carries: memory.carries - tile, blankStates: memory.blankStates + slot,
      labelStates: memory.labelStates + slot, toBlank: memory.toBlank + slot,
      toLabel: memory.toLabel + slot, skips: memory.skips + slot)
  }

  /// Brings the states' mantissas to 1..<2 and counts that in their exponents.
  ///
  /// A state of zero takes the exponent of the state before it, from which it will be reached.
  @inline(__always)
  private func normalize(
    _ blocks: (first: Int, end: Int), from old: UnsafePointer<Int32>,
    to new: UnsafeMutablePointer<Int32>
  ) {
    let (blanks, labels) = (memory.blankStates, memory.labelStates)
    var slot = 8 &* blocks.first
    var before = old[2 &* slot] & ~1
    while slot < 8 &* blocks.end {
      before = normalize(&blanks[slot], old[2 &* slot], or: before)
      new[2 &* slot] = before
      if Topology.hasLabelStates {
        before = normalize(&labels[slot], old[2 &* slot &+ 1], or: before & ~1)
        new[2 &* slot &+ 1] = before
      }
      before &= ~1
      slot &+= 1
    }
  }

  @inline(__always)
  private func normalize(_ state: inout Double, _ old: Int32, or before: Int32) -> Int32 {
    let bits = state.bitPattern
    if bits == 0 { return before | 1 }
    state = Double(bitPattern: bits & 0xF_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000)
    return (old & ~1) &+ 2 &* (Int32(truncatingIfNeeded: bits &>> 52) &- 1023)
  }

  /// Sets what moves are multiplied by; returns the largest exponent of those, at least 0.
  @inline(__always)
  private func setSteps(
    _ blocks: (first: Int, end: Int), _ exponents: UnsafePointer<Int32>
  ) -> Int32 {
    var growth: Int32 = 0
    var slot = 8 &* blocks.first
    var before = exponents[2 &* slot] &>> 1
    while slot < 8 &* blocks.end {
      let blank = exponents[2 &* slot] &>> 1
      memory.toBlank[slot] = scale(before &- blank)
      growth = max(growth, before &- blank)
      if Topology.hasLabelStates {
        let label = exponents[2 &* slot &+ 1] &>> 1
        memory.toLabel[slot] = scale(blank &- label)
        growth = max(growth, blank &- label)
        if memory.canSkip[slot] > 0 {
          memory.skips[slot] = scale(before &- label)
          growth = max(growth, before &- label)
        } else {
          memory.skips[slot] = 0
        }
        before = label
      } else {
        before = blank
      }
      slot &+= 1
    }
    return growth
  }

  /// 2^`exponent`; 0 below the range. Above it means nothing, and has been checked not to happen.
  @inline(__always)
  private func scale(_ exponent: Int32) -> Double {
    exponent < -1022 ? 0 : powerOfTwo(exponent)
  }

  /// Brings suffix sums from one tile's exponents to those of the tile before.
  @inline(__always)
  private func rescale(
    _ blocks: (first: Int, end: Int), from new: UnsafePointer<Int32>, to old: UnsafePointer<Int32>
  ) {
    var slot = 8 &* blocks.first
    while slot < 8 &* blocks.end {
      let blank = new[2 &* slot]
      memory.blankStates[slot] =
        blank & 1 == 1
        ? 0 : memory.blankStates[slot] * scale((old[2 &* slot] &>> 1) &- (blank &>> 1))
      if Topology.hasLabelStates {
        let label = new[2 &* slot &+ 1]
        memory.labelStates[slot] =
          label & 1 == 1
          ? 0 : memory.labelStates[slot] * scale((old[2 &* slot &+ 1] &>> 1) &- (label &>> 1))
      }
      slot &+= 1
    }
  }
}

/// A block of eight slots during some frames of a tile; pointers are to the block's first slot.
struct BlockSpan<Row: RowScalar> {
  let first: Int
  let end: Int
  /// From one frame to the next in `emissions` and `prefixes`.
  let stride: Int
  let emissions: UnsafePointer<Row>
  let blankEmissions: UnsafePointer<Double>
  let prefixes: UnsafeMutablePointer<Double>
  /// By frame: what the neighbouring block hands over, replaced by what this one does.
  let carries: UnsafeMutablePointer<Double>
  let blankStates: UnsafeMutablePointer<Double>
  let labelStates: UnsafeMutablePointer<Double>
  let toBlank: UnsafePointer<Double>
  let toLabel: UnsafePointer<Double>
  let skips: UnsafePointer<Double>
}
