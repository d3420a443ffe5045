/// How a kernel's scratch memory is shared out: every array of a sample, at its place.
///
/// A slot is the pair of states (blank after i labels, label i); see the kernels' `BandSums`.
package struct BandMemory {
  /// `[framesInSegment, slots]`: each slot's label's numerator, in the rows' own type.
  package private(set) var emissions: UnsafeMutableRawPointer
  /// `[frames]`: the blank's numerators.
  package let blankEmissions: UnsafeMutablePointer<Double>
  /// `[framesInSegment, slots]`, in the rows' own type: each slot's label's entry of the direction, if any.
  package private(set) var directions: UnsafeMutableRawPointer
  /// `[frames]` each: the direction's mean, and its entry for the blank less that.
  package let directionMeans: UnsafeMutablePointer<Double>
  package let blankRates: UnsafeMutablePointer<Double>
  /// `[frames]`: weight / the row's sum.
  package let rowScales: UnsafeMutablePointer<Double>
  /// `[frames]` each: how many bits a frame may take off any path, or add to it.
  package let lostBits: UnsafeMutablePointer<Double>
  package let gainedBits: UnsafeMutablePointer<Double>
  /// `[components, framesInSegment, slots]`: prefix sums at the labels, then in place their
  /// posteriors. Along a direction, a sum has two components: itself, and its derivative.
  package private(set) var prefixes: UnsafeMutablePointer<Double>
  /// `[segments, 2 * components + 2, slots]`: the states before each segment and their exponents.
  private let checkpoints: UnsafeMutablePointer<Double>
  /// `[segments]`: the shift of rows before each segment.
  package let shifts: UnsafeMutablePointer<Double>
  /// `[1 + tiles, 2, slots]`, at most a tile a frame of a segment: the exponents of blanks, then of labels;
  /// first those before the segment.
  package let exponents: UnsafeMutablePointer<Double>
  /// `[1 + tiles, slots / 8]`: which of a block's states are zero before a tile, a bit each, labels last.
  package let zeros: UnsafeMutablePointer<UInt16>
  /// `[tiles + 1]`: the first frame of each tile of a segment.
  package let tiles: UnsafeMutablePointer<Int32>
  /// `[components, slots]` each.
  package let blankStates: UnsafeMutablePointer<Double>
  package let labelStates: UnsafeMutablePointer<Double>
  package let blankSuffixes: UnsafeMutablePointer<Double>
  package let labelSuffixes: UnsafeMutablePointer<Double>
  /// `[slots]` each: what moves within a tile are multiplied by.
  package let toBlank: UnsafeMutablePointer<Double>
  package let toLabel: UnsafeMutablePointer<Double>
  package let skips: UnsafeMutablePointer<Double>
  /// 1 where a path may skip the blank before a label, else 0.
  package let canSkip: UnsafeMutablePointer<Double>
  /// `[components, framesInTile]`: what one block of slots hands to the next, by frame of a tile.
  package let carries: UnsafeMutablePointer<Double>
  /// `[slots]`: labels as indices of the vocabulary.
  package let labels: UnsafeMutablePointer<Int32>
  /// `[slots]`: labels as indices of `tokens`.
  package let columns: UnsafeMutablePointer<Int32>
  /// `[columns]`: the distinct labels.
  package let tokens: UnsafeMutablePointer<Int32>
  /// `[columns]`: the first slot of each distinct label.
  package let firstSlots: UnsafeMutablePointer<Int32>
  /// `[columns]`: posteriors of a frame.
  package let sums: UnsafeMutablePointer<Double>
  /// `[vocabulary]`: the column of a token.
  package let columnOfToken: UnsafeMutablePointer<Int32>
  /// In the rows' own type: a vector of zeros, one of ones.
  package let mask: UnsafeMutableRawPointer
  /// `[vocabulary]` each, at least a vector, in the rows' own type: a row read, one of the direction,
  /// and numerators.
  package let row: UnsafeMutableRawPointer
  package let directionRow: UnsafeMutableRawPointer
  package let numerators: UnsafeMutableRawPointer

  package let framesInSegment: Int
  private let slots: Int
  private let rowBytes: Int
  private let checkpointSize: Int

  /// The states before a segment, if they are kept.
  package func checkpoint(_ segment: Int) -> UnsafeMutablePointer<Double> {
    checkpoints + segment * checkpointSize
  }

  /// The same memory, with `frame` of a segment that begins there at the index of that frame.
  package func moved(to frame: Int) -> BandMemory {
    var memory = self
    memory.emissions -= frame * slots * rowBytes
    memory.directions -= frame * slots * rowBytes
    memory.prefixes -= frame * slots
    return memory
  }

  /// The longest tile.
  package static var framesInTile: Int { 32 }

  /// The most numbers of a row that a build of the kernels takes at a time.
  private static var widestVector: Int { 16 }

  /// Bytes that a sample needs.
  package static func byteCount(of sample: borrowing BandSample) -> Int {
    var cursor = Cursor(next: sample.memory)
    _ = BandMemory(&cursor, sample)
    return cursor.next - sample.memory
  }

  package init(_ sample: borrowing BandSample) {
    var cursor = Cursor(next: sample.memory)
    self.init(&cursor, sample)
  }

  private init(_ cursor: inout Cursor, _ sample: borrowing BandSample) {
    let (frames, slots, vocabulary) = (sample.frames, sample.paddedSlots, sample.vocabulary)
    let kept = sample.prefixes
    let segment = sample.framesInSegment
    framesInSegment = segment
    self.slots = slots
    rowBytes = sample.rowBytes
    let hasDirection = sample.direction != nil
    let components = hasDirection ? 2 : 1
    emissions = cursor.take(rowBytes, segment * slots)
    blankEmissions = cursor.take(frames)
    directions = cursor.take(rowBytes, hasDirection ? segment * slots : 0)
    directionMeans = cursor.take(hasDirection ? frames : 0)
    blankRates = cursor.take(hasDirection ? frames : 0)
    rowScales = cursor.take(frames)
    lostBits = cursor.take(frames)
    gainedBits = cursor.take(frames)
    tiles = cursor.take(segment + 1)
    blankStates = cursor.take(components * slots)
    labelStates = cursor.take(components * slots)
    blankSuffixes = cursor.take(components * slots)
    labelSuffixes = cursor.take(components * slots)
    toBlank = cursor.take(slots)
    toLabel = cursor.take(slots)
    skips = cursor.take(slots)
    canSkip = cursor.take(slots)
    carries = cursor.take(components * Self.framesInTile)
    labels = cursor.take(slots)
    columns = cursor.take(slots)
    tokens = cursor.take(slots)
    firstSlots = cursor.take(slots)
    sums = cursor.take(slots)
    columnOfToken = cursor.take(vocabulary)
    mask = cursor.take(rowBytes, 2 * Self.widestVector)
    row = cursor.take(rowBytes, max(Self.widestVector, vocabulary))
    directionRow = cursor.take(rowBytes, hasDirection ? max(Self.widestVector, vocabulary) : 0)
    numerators = cursor.take(rowBytes, max(Self.widestVector, vocabulary))
    let segments = kept == .segment ? (frames + segment - 1) / max(1, segment) : 0
    checkpointSize = (2 * components + 2) * slots
    checkpoints = cursor.take(segments * checkpointSize)
    shifts = cursor.take(segments)
    prefixes = cursor.take(kept == .none ? 0 : components * segment * slots)
    // Last, because it is as long as the frames only where each frame is a tile of its own: the
    // pages that are never written cost nothing.
    let tiles = kept == .none ? 1 : segment + 1
    exponents = cursor.take(tiles * 2 * slots)
    zeros = cursor.take(tiles * slots / 8)
  }

  private struct Cursor {
    var next: UnsafeMutableRawPointer

    mutating func take<Value>(_ count: Int) -> UnsafeMutablePointer<Value> {
      take(MemoryLayout<Value>.stride, count).assumingMemoryBound(to: Value.self)
    }

    mutating func take(_ size: Int, _ count: Int) -> UnsafeMutableRawPointer {
      let taken = next
      // Whole cache lines, so that no two arrays share one.
      next += (size * count + 63) & ~63
      return taken
    }
  }
}
