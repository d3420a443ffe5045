/// The layout of a kernel's scratch memory: the arrays of a sample.
///
/// A slot is a pair of states: the blank after i labels, and label i; see the kernels' `BandSums`.
/// Numerators are the exponentials of a row, that is, the numerators of its softmax.
package struct BandMemory {
  /// `[framesInSegment, slots]`: the numerator of each slot's label, of the rows' type.
  package private(set) var emissions: UnsafeMutableRawPointer
  /// `[frames]`: the numerators of the blank.
  package let blankEmissions: UnsafeMutablePointer<Double>
  /// `[framesInSegment, slots]`, of the rows' type: the direction's entry for each slot's label, if
  /// there is a direction.
  package private(set) var directions: UnsafeMutableRawPointer
  /// `[frames]` each: the mean of the direction, and its entry for the blank minus this mean.
  package let directionMeans: UnsafeMutablePointer<Double>
  package let blankRates: UnsafeMutablePointer<Double>
  /// `[frames]`: weight / sum of the row.
  package let rowScales: UnsafeMutablePointer<Double>
  /// `[frames]` each: the number of bits by which a frame may decrease, or increase, the magnitude
  /// of a sum.
  package let lostBits: UnsafeMutablePointer<Double>
  package let gainedBits: UnsafeMutablePointer<Double>
  /// `[components, framesInSegment, slots]`: prefix sums at the labels, later overwritten by their
  /// posteriors. With a direction, a sum has two components, its value and its derivative.
  package private(set) var prefixes: UnsafeMutablePointer<Double>
  /// `[segments, 2 * components + 2, slots]`: the states before each segment and their exponents.
  private let checkpoints: UnsafeMutablePointer<Double>
  /// `[segments]`: the shift of the rows before each segment.
  package let shifts: UnsafeMutablePointer<Double>
  /// `[1 + tiles, 2, slots]`, with at most one tile per frame of a segment: the exponents of the
  /// blanks, then of the labels. The first are those before the segment.
  package let exponents: UnsafeMutablePointer<Double>
  /// `[1 + tiles, slots / 8]`: the states of a block that are zero before a tile, one bit each,
  /// labels last.
  package let zeros: UnsafeMutablePointer<UInt16>
  /// `[tiles + 1]`: the first frame of each tile of a segment.
  package let tiles: UnsafeMutablePointer<Int32>
  /// `[components, slots]` each.
  package let blankStates: UnsafeMutablePointer<Double>
  package let labelStates: UnsafeMutablePointer<Double>
  package let blankSuffixes: UnsafeMutablePointer<Double>
  package let labelSuffixes: UnsafeMutablePointer<Double>
  /// `[slots]` each: the factors of moves within a tile.
  package let toBlank: UnsafeMutablePointer<Double>
  package let toLabel: UnsafeMutablePointer<Double>
  package let skips: UnsafeMutablePointer<Double>
  /// 1 where a path may skip the blank before a label, else 0.
  package let canSkip: UnsafeMutablePointer<Double>
  /// `[components, framesInTile]`: the sums that a block of slots passes to the next block, for
  /// each frame of a tile.
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
  /// A vector of zeros, followed by a vector of ones, of the rows' type.
  package let mask: UnsafeMutableRawPointer
  /// `[vocabulary]` each, at least a vector, of the rows' type: a row, a row of the direction, and
  /// numerators.
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

  /// The same memory, with pointers moved so that the segment that begins at `frame` is indexed by
  /// frame.
  package func moved(to frame: Int) -> BandMemory {
    var memory = self
    memory.emissions -= frame * slots * rowBytes
    memory.directions -= frame * slots * rowBytes
    memory.prefixes -= frame * slots
    return memory
  }

  /// The maximum number of frames of a tile.
  package static var framesInTile: Int { 32 }

  /// The largest vector of any build, in elements of a row.
  private static var widestVector: Int { 16 }

  /// The number of bytes that a sample needs.
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
    // The last array, because it is large only if almost every frame is a tile of its own. Pages
    // that are never written cost nothing.
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
