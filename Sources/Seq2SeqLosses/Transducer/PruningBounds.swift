/// Which positions of each frame a real joiner is asked for: as many as `range`, from a first one on that never goes
/// back and never leaves a position out, so that paths lead from window to window.
///
/// ```swift
/// let (_, encoderGradient, predictorGradient, occupancies) =
///   try simple.lossesAndGradients(encoder, predictor, layout: layout, labels: labels)
/// let bounds = try PruningBounds(occupancies, time: 50, range: 5)
/// // A joiner of [batch, time, range, …] for the positions that `bounds` holds; then
/// let losses = try TransducerLoss().losses(
///   logits, layout: bounds.layout(vocabulary: 500, lengths: lengths), labels: labels)
/// ```
///
/// The algorithm is k2's (`get_rnnt_prune_ranges`):
/// 1. For each frame, choose the window of `range` positions with the largest probability of leaving it by a blank, minus
///    the probability of entering it from below by a label. Ties go to the lowest window. The last frame's window ends at
///    the last position.
/// 2. Lower first positions until none is above the next frame's.
/// 3. Raise them until none is more than `range - 1` below the next frame's (one in the monotonic topology). The first
///    frame's window begins at 0.
///
/// Source: Kuang et al. 2022, "Pruned RNN-T for fast, memory-efficient ASR training", arXiv 2206.13236, section 3.2.
public struct PruningBounds: Sendable, Equatable {
  /// `[batch][time]`: each frame's first position.
  public let firstPositions: [[Int]]
  /// The positions of each frame; some may be past a sample's labels.
  public let range: Int
  /// The frames that arrays have for each sample.
  public let time: Int

  /// The number of samples.
  public var batch: Int { firstPositions.count }

  /// The bounds that a simple loss's occupancies advise. O(frames · positions).
  ///
  /// - Parameters:
  ///   - occupancies: How probable it is that paths leave each node by its blank and by its label, as the loss gives
  ///     them.
  ///   - time: The frames that arrays hold for each sample, its own or more.
  ///   - range: The positions to keep, at least 2, or 1 in the monotonic topology. Where labels are so many for the
  ///     frames that no path would be left, more are kept; and no more than the sample of most positions has.
  ///   - topology: Standard or monotonic, as of the loss.
  /// - Throws: ``InputError`` where a range is too small for any path, the topology is another one, or a sample has
  ///   more frames than `time`.
  public init(
    _ occupancies: TransducerOccupancies, time: Int, range: Int,
    topology: TransducerTopology = .standard
  ) throws(InputError) {
    guard let labelFrames = topology.plainLabelFrames else {
      throw InputError("topology", "neither standard nor monotonic")
    }
    // A path has one label a frame, or any number.
    let isMonotonic = labelFrames > 0
    guard range >= (isMonotonic ? 1 : 2) else {
      throw InputError("range", "\(range) positions, of which no path leads to the next")
    }
    guard (0...LogitsLayout.largestAxis).contains(time) else {
      throw InputError("time", "\(time) is outside 0...\(LogitsLayout.largestAxis)")
    }
    guard occupancies.samples.count * time <= 1 << 28 else {
      throw InputError("time", "\(time) frames of \(occupancies.samples.count) samples")
    }
    for (sample, shares) in occupancies.samples.enumerated() where shares.frames > time {
      throw InputError("time", sample: sample, "\(shares.frames) frames of \(time)")
    }
    let positions = occupancies.samples.map(\.positions).max() ?? 1
    // Enough for a path to climb from the first frame's window to the last one's.
    let needed = occupancies.samples.map { shares in
      isMonotonic || shares.frames == 0 ? 1 : (shares.positions - 2) / shares.frames + 2
    }
    let range = min(max(range, needed.max() ?? 1), positions)
    self.range = range
    self.time = time
    firstPositions = occupancies.samples.map { shares in
      let last = max(0, shares.positions - range)
      var first = [Int](repeating: last, count: time)
      for frame in 0..<max(0, shares.frames - 1) {
        first[frame] = Self.bestWindow(shares, frame, range, positions: positions)
      }
      Self.connect(&first, step: isMonotonic ? 1 : range - 1)
      return first
    }
  }

  /// The first position of the window that keeps the most of the paths, and of equals the first.
  ///
  /// Paths that cross the frame within the window leave it by a blank there; those that entered the window from below
  /// by the last label before it are lost.
  private static func bestWindow(
    _ shares: TransducerOccupancies.Sample, _ frame: Int, _ range: Int, positions: Int
  ) -> Int {
    let row = frame * shares.positions
    var (best, most) = (0, -Double.infinity)
    for first in 0...max(0, positions - range) {
      let inside = min(first, shares.positions)..<min(first + range, shares.positions)
      // A sum for each window: the roundings of a running sum would decide ties.
      var kept = 0.0
      for position in inside { kept += shares.blanks[row + position] }
      if (1...shares.positions).contains(first) { kept -= shares.labels[row + first - 1] }
      if kept > most { (best, most) = (first, kept) }
    }
    return best
  }

  /// Lowers first positions until they never go back, raises them until they never advance by more than a step, and
  /// lowers those that no path would reach.
  private static func connect(_ first: inout [Int], step: Int) {
    for frame in first.indices.dropLast().reversed() {
      let next = first[frame + 1]
      first[frame] = min(first[frame], next)
    }
    for frame in first.indices.dropLast().reversed() {
      first[frame] = max(first[frame], first[frame + 1] - step)
    }
    for frame in first.indices { first[frame] = min(first[frame], frame * step) }
  }

  /// Where a joiner's values `[batch, time, range, vocabulary]` lie, for ``TransducerLoss``.
  ///
  /// - Throws: ``InputError`` as ``JoinerLayout``'s initialiser.
  public func layout(vocabulary: Int, lengths: [Int]? = nil) throws(InputError) -> JoinerLayout {
    try JoinerLayout(
      batch: batch, time: time, range: range, vocabulary: vocabulary,
      firstPositions: firstPositions, lengths: lengths)
  }
}
