/// The positions of each frame that a full joiner computes: a window of `range` positions. Windows never move back, and
/// overlap enough that paths can lead from each to the next.
///
/// ```swift
/// let (_, encoderGradient, predictorGradient, occupancies) =
///   try simple.lossesGradientsAndOccupancies(
///     encoder, predictor, layout: layout, labels: labels)
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
  /// `[batch][time]`: the first position of each frame.
  public let firstPositions: [[Int]]
  /// The number of positions of each frame; some may be past a sample's labels.
  public let range: Int
  /// The number of frames that arrays hold for each sample.
  public let time: Int

  /// The number of samples.
  public var batch: Int { firstPositions.count }

  /// The bounds that follow from the occupancies of an additive loss. O(frames · positions).
  ///
  /// - Parameters:
  ///   - occupancies: The probabilities that paths leave each node by its blank and by its label, from
  ///     ``AdditiveTransducerLoss``.
  ///   - time: The number of frames that arrays hold for each sample, padding included.
  ///   - range: The number of positions to keep, at least 2, or 1 in the monotonic topology. More are kept if a sample
  ///     has so many labels that no path would be left, but never more than the most positions of a sample.
  ///   - topology: The topology of the loss, standard or monotonic.
  /// - Throws: ``InputError`` where `range` is too small for any path, the topology is another one, or a sample has more
  ///   frames than `time`.
  public init(
    _ occupancies: TransducerOccupancies, time: Int, range: Int,
    topology: TransducerTopology = .standard
  ) throws(InputError) {
    guard let labelFrames = topology.plainLabelFrames else {
      throw InputError("topology", "neither standard nor monotonic")
    }
    // In the monotonic topology a path has at most one label for each frame; in the standard one any number.
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
    // Enough for a path to climb from the window of the first frame to that of the last.
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

  /// The first position of the window that keeps most of the probability; the lowest one if windows are equal.
  ///
  /// Paths that cross the frame within the window leave it by a blank there. Paths that enter the window from below, by
  /// the last label before it, are lost.
  private static func bestWindow(
    _ shares: TransducerOccupancies.Sample, _ frame: Int, _ range: Int, positions: Int
  ) -> Int {
    let row = frame * shares.positions
    var (best, most) = (0, -Double.infinity)
    for first in 0...max(0, positions - range) {
      let inside = min(first, shares.positions)..<min(first + range, shares.positions)
      // One sum for each window: rounding errors of a running sum would decide ties.
      var kept = 0.0
      for position in inside { kept += shares.blanks[row + position] }
      if (1...shares.positions).contains(first) { kept -= shares.labels[row + first - 1] }
      if kept > most { (best, most) = (first, kept) }
    }
    return best
  }

  /// Lowers first positions until they never move back, raises them until they never advance by more than a step, and
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

  /// The layout of a joiner's values `[batch, time, range, vocabulary]`, for ``TransducerLoss``.
  ///
  /// - Parameters:
  ///   - vocabulary: The number of tokens, the blank among them.
  ///   - lengths: The number of valid frames of each sample, `[batch]`; all of them by default.
  /// - Throws: ``InputError`` as the initializer of ``JoinerLayout``.
  public func layout(vocabulary: Int, lengths: [Int]? = nil) throws(InputError) -> JoinerLayout {
    try JoinerLayout(
      batch: batch, time: time, range: range, vocabulary: vocabulary,
      firstPositions: firstPositions, lengths: lengths)
  }
}
