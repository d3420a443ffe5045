import LossKernelInterface

/// Sums over paths in block floating point: all values of a state in a tile of frames share one
/// exponent.
///
/// Slot i contains two states, the blank after i labels and label i. The sum of a state is
/// `mantissa · 2^exponent`. A tile begins with mantissas in 1..<2, and ends before they could leave
/// 2^-400...2^400 (2^900 in a tile of one frame). This bound follows from the magnitudes of the
/// emissions. Inside a tile, a step consists of multiplications and additions, and nothing
/// underflows that could matter later. A move to another state multiplies by 2^(difference of the
/// exponents), which is constant in the tile.
///
/// Suffix sums use the same exponents, negated, so a posterior is a product with the prefix sum. A
/// suffix sum that underflows has a posterior below 2^-200. A suffix sum that could overflow
/// belongs to a state that no prefix reaches, and is set to zero between tiles.
///
/// States are computed in blocks of sixteen slots, all frames of a tile at once. They stay in
/// registers, and two vectors are computed at a time. Blocks that cannot be reached from the start,
/// or from which the end cannot be reached, are skipped.
struct BandSums<Row: RowScalar, Topology: KernelTopology, Number: LatticeNumber> {
  private var memory: BandMemory
  private let frames: Int
  private let slots: Int
  private let labelCount: Int
  private let keepsPrefixes: Bool
  // A copy, because a property of another module is read by a function call.
  private let framesInTile = BandMemory.framesInTile
  /// The number of tiles of the segment whose prefix sums were computed last.
  private var tileCount = 0
  /// The blocks whose suffix sums are not all zero.
  private var likely = (first: 0, end: 0)

  /// Begins with the empty path.
  @inline(__always)
  init(
    memory: BandMemory, frames: Int, slots: Int, labelCount: Int, keepsPrefixes: Bool
  ) {
    self.memory = memory
    self.frames = frames
    self.slots = slots
    self.labelCount = labelCount
    self.keepsPrefixes = keepsPrefixes
    clear(states)
    memory.blankStates[0] = 1
    let border = exponents(-1)
    for slot in 0..<slots {
      border.blanks[slot] = 0
      border.labels[slot] = 0
    }
  }

  @inline(__always)
  private var states: StateArrays {
    StateArrays(blanks: memory.blankStates, labels: memory.labelStates)
  }

  @inline(__always)
  private var suffixes: StateArrays {
    StateArrays(blanks: memory.blankSuffixes, labels: memory.labelSuffixes)
  }

  @inline(__always)
  private func clear(_ states: StateArrays) {
    for index in 0..<Number.components &* slots {
      states.blanks[index] = 0
      states.labels[index] = 0
    }
  }

  /// The exponents of a tile's states; tile -1 is the last tile of the previous segment.
  @inline(__always)
  private func exponents(_ tile: Int) -> TileExponents<Topology, Number> {
    let kept = keepsPrefixes ? tile &+ 1 : 0
    return TileExponents(
      blanks: memory.exponents + kept &* 2 &* slots,
      labels: memory.exponents + (kept &* 2 &+ 1) &* slots,
      zeros: memory.zeros + kept &* (slots &>> 3), slots: slots)
  }

  /// Makes a segment the current one. Its emissions must be in memory.
  ///
  /// The states before its first frame are saved or restored.
  @inline(__always)
  mutating func enter(_ segment: Segment) {
    memory = segment.memory
    let last = exponents(tileCount &- 1)
    let border = exponents(-1)
    for slot in 0..<(tileCount > 0 ? slots : 0) {
      border.blanks[slot] = last.blanks[slot]
      border.labels[slot] = last.labels[slot]
    }
    tileCount = 0
    guard let checkpoint = segment.checkpoint else { return }
    let components = Number.components &* slots
    for (kept, current, count) in [
      (0, states.blanks, components), (components, states.labels, components),
      (2 &* components, border.blanks, slots), (2 &* components &+ slots, border.labels, slots),
    ] {
      for index in 0..<count {
        if segment.isAgain {
          current[index] = checkpoint[kept &+ index]
        } else {
          checkpoint[kept &+ index] = current[index]
        }
      }
    }
  }

  /// The frames during which a block of slots can be reached and can reach the end.
  @inline(__always)
  private func reach(_ block: Int) -> (first: Int, end: Int) {
    (max(0, 16 &* block &- 1), min(frames, 16 &* block &+ 17 &- labelCount &+ frames))
  }

  /// The blocks that can be reached, and can reach the end, during some of the frames.
  @inline(__always)
  func blocks(_ first: Int, _ end: Int) -> (first: Int, end: Int) {
    let behind = labelCount &+ first &- frames &- 17
    return (behind < 0 ? 0 : (behind &>> 4) &+ 1, min(slots &>> 4, (end &>> 4) &+ 1))
  }

  /// Computes a segment that has been entered; false if a frame's emissions are out of range.
  @inline(__always)
  mutating func sumPrefixes(_ first: Int, _ segmentEnd: Int) -> Bool {
    var frame = first
    while frame < segmentEnd {
      let farthest = min(segmentEnd, frame &+ framesInTile)
      let reached = blocks(frame, farthest)
      let current = exponents(tileCount)
      current.normalize(reached, memory, from: exponents(tileCount &- 1))
      let growth = current.setSteps(reached, memory)
      var lost = 0.0
      var gained = 0.0
      var end = frame
      while end < farthest {
        lost += memory.lostBits[end]
        gained += memory.gainedBits[end] + growth
        // A tile of one frame may raise states up to the range of a number, for unlikely states
        // next to likely ones.
        if lost > 400 || gained > (end == frame ? 900 : 400) { break }
        end &+= 1
      }
      guard end > frame else { return false }
      if keepsPrefixes {
        advance(frame, end, keepsPrefixes: true)
      } else {
        advance(frame, end, keepsPrefixes: false)
      }
      memory.tiles[tileCount] = Int32(truncatingIfNeeded: frame)
      tileCount &+= 1
      frame = end
    }
    memory.tiles[tileCount] = Int32(truncatingIfNeeded: segmentEnd)
    return true
  }

  /// Computes the frames of a tile, whose states and factors are set.
  @inline(__always)
  private func advance(_ frame: Int, _ end: Int, keepsPrefixes: Bool) {
    clearCarries(end &- frame)
    let active = blocks(frame, end)
    var block = active.first
    while block < active.end {
      let (first, last) = reach(block)
      Topology.advance(
        span(block, max(first, frame), min(last, end), tile: frame), Number.self,
        keepsPrefixes: keepsPrefixes)
      var index = max(first, min(last, end)) &- frame
      while index < end &- frame {
        clearCarry(index)
        index &+= 1
      }
      block &+= 1
    }
  }

  @inline(__always)
  private func clearCarry(_ index: Int) {
    Number.save(Number.zero, memory.carries + index, stride: framesInTile)
  }

  @inline(__always)
  private func clearCarries(_ count: Int) {
    for index in 0..<count { clearCarry(index) }
  }

  /// The mantissa of the sum over all complete paths.
  @inline(__always)
  var total: Double { Number.value(sumOfPaths) }

  @inline(__always)
  private var sumOfPaths: Number.Lane {
    let blank = Number.lane(states.blanks + labelCount, stride: slots)
    guard Topology.hasLabelStates && labelCount > 0 else { return blank }
    return Number.total(
      blank, Number.lane(states.labels + (labelCount &- 1), stride: slots), times: finalFactor)
  }

  /// The exponent of ``total``.
  @inline(__always)
  var totalExponent: Double { exponents(tileCount &- 1).blanks[labelCount] }

  /// Two to the power of the last label's exponent minus the last blank's.
  @inline(__always)
  private var finalFactor: Double {
    powerOfTwo(exponents(tileCount &- 1).labels[labelCount &- 1] - totalExponent)
  }

  /// Begins the suffix sums at the end of all frames. Their prefix sums must have been computed.
  @inline(__always)
  mutating func startSuffixes() {
    clear(suffixes)
    let share = Number.inverse(sumOfPaths)
    Number.save(share, suffixes.blanks + labelCount, stride: slots)
    if Topology.hasLabelStates && labelCount > 0 {
      Number.save(
        Number.total(Number.zero, share, times: finalFactor),
        suffixes.labels + (labelCount &- 1), stride: slots)
    }
    likely = (max(0, labelCount &- 1) &>> 4, (labelCount &>> 4) &+ 1)
  }

  /// Turns a segment's prefix sums into posteriors times `weight`, last tile first. Calls
  /// `emit(frame, blocks)` for each frame when its posteriors are complete; those of other blocks
  /// are zero.
  ///
  /// At the first frame of each tile, states whose posterior is below `negligible` are dropped from
  /// there on, so only likely paths are computed. Dropping them changes a sum by less than its
  /// rounding error.
  @inline(__always)
  mutating func sumSuffixes(
    weight: Double, negligible: Double,
    emit: (_ frame: Int, _ blocks: (first: Int, end: Int)) -> Void
  ) {
    var tile = tileCount &- 1
    while tile >= 0 {
      let frame = Int(memory.tiles[tile])
      let end = Int(memory.tiles[tile &+ 1])
      let active = blocks(frame, end)
      _ = exponents(tile).setSteps(active, memory)
      // One frame earlier, a path is at most one slot lower.
      let lowest = (16 &* likely.first &- (end &- frame)) &>> 4
      likely = (max(active.first, lowest), min(active.end, likely.end))
      clearCarries(end &- frame)
      var block = likely.end &- 1
      while block >= likely.first {
        let (first, last) = reach(block)
        Topology.retreat(
          span(block, max(first, frame), min(last, end), tile: frame), Number.self,
          weight: weight)
        var index = 0
        while index < min(end, first) &- frame {
          clearCarry(index)
          index &+= 1
        }
        block &-= 1
      }
      for frame in frame..<end {
        let active = blocks(frame, frame &+ 1)
        emit(frame, (max(active.first, likely.first), min(active.end, likely.end)))
      }
      if frame > 0 {
        likely = exponents(tile).rescale(
          likely, memory, to: exponents(tile &- 1), negligible: negligible)
      }
      tile &-= 1
    }
  }

  @inline(__always)
  private func span(_ block: Int, _ first: Int, _ end: Int, tile: Int) -> BlockSpan<Row> {
    let slot = 16 &* block
    return BlockSpan(
      first: first, end: max(first, end), stride: slots,
      emissions: memory.emissions.assumingMemoryBound(to: Row.self) + slot,
      blankEmissions: memory.blankEmissions,
      directions: memory.directions.assumingMemoryBound(to: Row.self) + slot,
      directionMeans: memory.directionMeans, blankRates: memory.blankRates,
      prefixes: memory.prefixes + slot, prefixStride: memory.framesInSegment &* slots,
      // Indexed by frame, like the other arrays.
      carries: memory.carries - tile, carryStride: framesInTile, states: states.advanced(by: slot),
      suffixes: suffixes.advanced(by: slot), toBlank: memory.toBlank + slot,
      toLabel: memory.toLabel + slot, skips: memory.skips + slot)
  }
}
