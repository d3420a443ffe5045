import CLibrary

/// The prefixes that wait at one frame, without duplicates, in the order of their arrival.
struct TransducerBeam {
  /// Some paths to one prefix. Probabilities are natural logarithms.
  struct Paths: BitwiseCopyable {
    /// The probability of all paths, and of the best one.
    var total = -Double.infinity
    var best = -Double.infinity
    /// The trace of the best path's last label; -1 if it has no label.
    var trace: Int32 = -1

    /// Adds other paths. If the best paths tie, the trace of the first is kept.
    mutating func add(_ other: Paths) {
      total = Self.sum(total, other.total)
      if other.best > best { (best, trace) = (other.best, other.trace) }
    }

    /// Changes the trace to its new number.
    mutating func renumber(_ traces: [Int32]) {
      if trace >= 0 { trace = traces[Int(trace)] }
    }

    /// The paths after one more move.
    func moved(_ logProbability: Double) -> Paths {
      Paths(total: total + logProbability, best: best + logProbability, trace: trace)
    }

    /// The logarithm of the sum of two probabilities.
    private static func sum(_ left: Double, _ right: Double) -> Double {
      let (less, more) = left < right ? (left, right) : (right, left)
      return less == -.infinity ? more : more + log1p(exp(less - more))
    }
  }

  /// A prefix and the paths to it.
  struct Entry: BitwiseCopyable {
    var prefix: Int32
    var paths: Paths
    /// The paths with which an utterance may end.
    var ended: Paths
    /// The score that the fusion adds.
    var extra: Double
    var score: Double { paths.total + extra }

    /// Whether it precedes another entry: by its score, then the older prefix.
    static func precedes(_ left: Entry, _ right: Entry) -> Bool {
      left.score == right.score ? left.prefix < right.prefix : left.score > right.score
    }
  }

  private(set) var entries: [Entry] = []
  /// The largest score of an entry.
  private(set) var best = -Double.infinity
  private var places: [Int32: Int] = [:]

  var isEmpty: Bool { entries.isEmpty }

  func contains(_ prefix: Int32) -> Bool { places[prefix] != nil }

  /// Whether a path with this probability would be the best path to a prefix.
  func isBest(_ probability: Double, _ prefix: Int32) -> Bool {
    places[prefix].map { probability > entries[$0].paths.best } ?? true
  }

  /// Adds paths to a prefix.
  mutating func add(_ entry: Entry) {
    if let place = places[entry.prefix] {
      entries[place].paths.add(entry.paths)
      entries[place].ended.add(entry.ended)
      best = max(best, entries[place].score)
    } else {
      places[entry.prefix] = entries.count
      entries.append(entry)
      best = max(best, entry.score)
    }
  }

  /// The best `width` of the entries above a score, ordered by score.
  func selection(width: Int, above floor: Double) -> [Entry] {
    var chosen = entries.filter { $0.score > floor }
    if chosen.count > width {
      chosen.withUnsafeMutableBufferPointer { $0.bringToFront(width, by: Entry.precedes) }
      chosen.removeLast(chosen.count - width)
    }
    chosen.sort(by: Entry.precedes)
    return chosen
  }

  /// Changes all prefixes and traces to their new numbers.
  mutating func renumber(prefixes: [Int32], traces: [Int32]) {
    places.removeAll(keepingCapacity: true)
    for index in entries.indices {
      entries[index].prefix = prefixes[Int(entries[index].prefix)]
      entries[index].paths.renumber(traces)
      entries[index].ended.renumber(traces)
      places[entries[index].prefix] = index
    }
  }
}
