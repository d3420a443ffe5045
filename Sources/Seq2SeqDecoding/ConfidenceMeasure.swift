#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How sure the posteriors are of a token, from its frames.
public enum ConfidenceMeasure: String, Sendable, CaseIterable {
  /// The token's largest probability in a frame of its own.
  case largest
  /// The geometric mean of its probabilities.
  case mean
  /// One minus the entropy of the frames' posteriors over that of a uniform one, the mean over its frames.
  case entropy
}

/// The confidence of one token, frame by frame.
struct ConfidenceSum {
  private let measure: ConfidenceMeasure
  private var sum = 0.0
  private var largest = -Double.infinity
  private var frames = 0

  init(_ measure: ConfidenceMeasure) { self.measure = measure }

  /// - Parameter row: The frame's log-probabilities; only ``ConfidenceMeasure/entropy`` needs them.
  mutating func add(_ row: UnsafePointer<Double>?, count: Int, logProbability: Double) {
    frames += 1
    largest = max(largest, logProbability)
    switch measure {
    case .largest: break
    case .mean: sum += logProbability
    case .entropy:
      guard let row else { return }
      var entropy = 0.0
      for token in 0..<count where row[token] > -.infinity {
        entropy -= exp(row[token]) * row[token]
      }
      sum += count > 1 ? 1 - entropy / log(Double(count)) : 1
    }
  }

  /// In 0...1, whatever the rows add up to.
  var value: Double {
    guard frames > 0 else { return 0 }
    let value =
      switch measure {
      case .largest: exp(largest)
      case .mean: exp(sum / Double(frames))
      case .entropy: sum / Double(frames)
      }
    return min(1, max(0, value))
  }
}
