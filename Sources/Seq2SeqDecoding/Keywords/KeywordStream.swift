import CLibrary
import Seq2SeqLosses

/// An incremental keyword search: feed frames as they arrive, from one task at a time.
public final class KeywordStream {
  /// A best path into a node: its log ratio to the best path of any tokens, and its frames.
  private struct Path {
    var logRatio = -Double.infinity
    var start = 0
    var end = 0

    static func better(_ left: Path, _ right: Path) -> Path {
      // If the ratios tie, take the path that began later, which is shorter.
      if left.logRatio != right.logRatio { return left.logRatio > right.logRatio ? left : right }
      return left.start >= right.start ? left : right
    }
  }

  /// The best paths into a node whose last frame emits the node's token, and the blank.
  private struct Paths {
    var label = Path()
    var blank = Path()
  }

  /// The spotter whose phrases are searched.
  public let spotter: KeywordSpotter
  /// The number of frames that were fed.
  public private(set) var frames = 0
  private var paths: [Paths]
  private var live: [Int] = []
  private var isLive: [Bool]
  /// For each phrase, the best detection that may still be replaced by a better one that overlaps
  /// it.
  private var pending: [KeywordSpotter.Detection?]

  init(_ spotter: KeywordSpotter) {
    self.spotter = spotter
    paths = [Paths](repeating: Paths(), count: spotter.tree.nodes.count)
    isLive = [Bool](repeating: false, count: paths.count)
    pending = [KeywordSpotter.Detection?](repeating: nil, count: spotter.phrases.count)
    // A text begins as if a separator preceded it.
    if spotter.tree.beginning != 0 {
      paths[spotter.tree.beginning].blank.logRatio = 0
      live = [spotter.tree.beginning]
      isLive[spotter.tree.beginning] = true
    }
  }

  /// Processes log-probabilities `[frames, vocabulary]`. Returns the detections that later frames
  /// cannot change.
  ///
  /// - Parameters:
  ///   - logProbabilities: `[frames, vocabulary]`, natural logarithms or logits.
  ///   - frames: The number of frames.
  /// - Throws: `InputError` like ``BeamSearchDecoder/decode(_:frames:)``; the stream is then
  ///   unchanged.
  public func feed<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int
  ) throws(InputError) -> [KeywordSpotter.Detection] {
    let layout = try spotter.vocabulary.layout(of: logProbabilities, frames: frames)
    return try logProbabilities.span.withUnsafeBufferPointer { (buffer) throws(InputError) in
      try feed(try Posteriors(buffer, layout, spotter.vocabulary))
    }
  }

  /// Processes the frames of sample 0.
  func feed<Element>(
    _ posteriors: Posteriors<Element>
  ) throws(InputError) -> [KeywordSpotter.Detection] {
    try posteriors.check(0, spotter.vocabulary)
    var detections: [KeywordSpotter.Detection] = []
    posteriors.forEachFrame(0) { step($0, &detections) }
    return detections
  }

  /// Ends the sequence and returns the remaining detections. The stream then begins anew.
  public func finish() -> [KeywordSpotter.Detection] {
    var detections: [KeywordSpotter.Detection] = []
    // The end of the sequence counts as a separator.
    let nodes = spotter.tree.nodes
    for node in live where !nodes[node].isMark {
      for child in nodes[node].children where nodes[child].isMark {
        consider(Path.better(paths[node].label, paths[node].blank), nodes[child], &detections)
      }
    }
    detections += pending.compactMap { $0 }
    let fresh = KeywordStream(spotter)
    (paths, live, isLive) = (fresh.paths, fresh.live, fresh.isLive)
    (pending, frames) = (fresh.pending, 0)
    return detections
  }

  private func step(
    _ row: UnsafePointer<Double>, _ detections: inout [KeywordSpotter.Detection]
  ) {
    let nodes = spotter.tree.nodes
    let vocabulary = spotter.vocabulary
    let best = largestNumber(row, count: vocabulary.count) ?? 0
    let blank = row[vocabulary.blank] - best
    var next: [(node: Int, paths: Paths)] = []
    func visit(_ node: Int, _ entry: Path) {
      let own = nodes[node]
      let emission = row[own.token] - best
      var label = Path.better(paths[node].label, entry)
      label.logRatio += emission
      if !own.isMark { label.end = frames + 1 }
      var silent = Path.better(paths[node].label, paths[node].blank)
      silent.logRatio += blank
      let least = own.leastLogRatio
      if label.logRatio < least { label.logRatio = -.infinity }
      if silent.logRatio < least { silent.logRatio = -.infinity }
      if label.logRatio > -.infinity || silent.logRatio > -.infinity {
        next.append((node, Paths(label: label, blank: silent)))
      }
    }
    // The best path that may precede a node's token in the previous frame.
    func entry(_ node: Int) -> Path {
      let (own, parent) = (nodes[node], nodes[nodes[node].parent])
      var path =
        own.parent == 0
        ? Path(logRatio: 0, start: frames, end: frames)
        : own.token == parent.token
          ? paths[own.parent].blank
          : Path.better(paths[own.parent].label, paths[own.parent].blank)
      // A phrase begins with its first token, not with the separator before it.
      if parent.isMark { path.start = frames }
      return path
    }
    for node in live {
      visit(node, entry(node))
      for child in nodes[node].children where !isLive[child] { visit(child, entry(child)) }
    }
    for child in nodes[0].children where !isLive[child] { visit(child, entry(child)) }
    for node in live {
      paths[node] = Paths()
      isLive[node] = false
    }
    live.removeAll(keepingCapacity: true)
    for (node, found) in next {
      paths[node] = found
      isLive[node] = true
      live.append(node)
    }
    frames += 1
    for node in live where !nodes[node].phrases.isEmpty {
      consider(paths[node].label, nodes[node], &detections)
    }
    flush(&detections)
  }

  /// Records a path that ends here as a detection, if its score is sufficient and no overlapping
  /// detection is better.
  private func consider(
    _ path: Path, _ node: KeywordTree.Node, _ detections: inout [KeywordSpotter.Detection]
  ) {
    for phrase in node.phrases {
      let score = exp(path.logRatio / Double(spotter.tree.tokenCounts[phrase]))
      guard score >= spotter.minimumScore else { continue }
      let found = KeywordSpotter.Detection(
        phrase: phrase, frames: path.start..<path.end, logRatio: path.logRatio, score: score)
      if let known = pending[phrase] {
        if !known.frames.overlaps(found.frames) {
          detections.append(known)
        } else if known.logRatio >= found.logRatio {
          continue
        }
      }
      pending[phrase] = found
    }
  }

  /// Outputs the detections that no active path overlaps.
  private func flush(_ detections: inout [KeywordSpotter.Detection]) {
    guard pending.contains(where: { $0 != nil }) else { return }
    var earliest = frames
    for node in live where node != spotter.tree.beginning {
      for path in [paths[node].label, paths[node].blank] where path.logRatio > -.infinity {
        earliest = min(earliest, path.start)
      }
    }
    for (phrase, detection) in pending.enumerated() {
      guard let detection, detection.frames.upperBound <= earliest else { continue }
      detections.append(detection)
      pending[phrase] = nil
    }
  }
}
