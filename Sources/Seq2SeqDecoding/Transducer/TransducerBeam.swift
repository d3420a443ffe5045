import CLibrary

/// The prefixes that wait at one frame, each once, in the order in which they came.
struct TransducerBeam {
  /// Some paths to one prefix: probabilities are natural logarithms.
  struct Paths: BitwiseCopyable {
    /// The probability of all, and of the best one.
    var total = -Double.infinity
    var best = -Double.infinity
    /// The trace of the best one's last label; -1 before any.
    var trace: Int32 = -1

    /// Takes in others; of equally good ones the trace is that of the first.
    mutating func add(_ other: Paths) {
      total = Self.sum(total, other.total)
      if other.best > best { (best, trace) = (other.best, other.trace) }
    }

    /// Gives the trace its new number.
    mutating func renumber(_ traces: [Int32]) {
      if trace >= 0 { trace = traces[Int(trace)] }
    }

    /// The paths with one more move.
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
    /// Those that an utterance may end with.
    var ended: Paths
    /// What the fusion adds to the score.
    var extra: Double
    var score: Double { paths.total + extra }

    /// Whether it comes before another: by its score, then the older prefix.
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

  /// Whether a path this probable would be the best one to a prefix.
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

  /// The entries above a score, the best `width` of them, in the order of their scores.
  func selection(width: Int, above floor: Double) -> [Entry] {
    var chosen = entries.filter { $0.score > floor }
    if chosen.count > width {
      chosen.withUnsafeMutableBufferPointer { $0.bringToFront(width, by: Entry.precedes) }
      chosen.removeLast(chosen.count - width)
    }
    chosen.sort(by: Entry.precedes)
    return chosen
  }

  /// Gives all prefixes and traces their new numbers.
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
