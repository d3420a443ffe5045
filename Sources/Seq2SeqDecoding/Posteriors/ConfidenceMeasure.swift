import CLibrary
import Seq2SeqLosses

/// A measure of how certain the model is of a token, computed from the token's frames.
///
/// It uses the softmax of each frame's values, so logits and their log-probabilities have the same
/// confidences.
public enum ConfidenceMeasure: String, Sendable, CaseIterable {
  /// The largest probability of the token in its frames.
  case largest
  /// The geometric mean of the token's probabilities in its frames.
  case mean
  /// One minus the entropy of a frame's distribution divided by that of the uniform distribution,
  /// averaged over the token's frames.
  case entropy
}

/// Accumulates the confidence of one token, frame by frame.
struct ConfidenceSum {
  private let measure: ConfidenceMeasure
  private var sum = 0.0
  private var largest = -Double.infinity
  private var frames = 0

  init(_ measure: ConfidenceMeasure) { self.measure = measure }

  /// Adds a frame, given the log-probability of the token.
  mutating func add(logProbability: Double) {
    frames += 1
    largest = max(largest, logProbability)
    sum += logProbability
  }

  /// Adds a frame, given its row, for ``ConfidenceMeasure/entropy``.
  mutating func add(entropyOf row: UnsafePointer<Double>, count: Int, _ normalizer: RowNormalizer) {
    frames += 1
    var entropy = 0.0
    for token in 0..<count where row[token] > -.infinity {
      let logProbability = normalizer.logProbability(of: row[token])
      entropy -= exp(logProbability) * logProbability
    }
    sum += count > 1 ? 1 - entropy / log(Double(count)) : 1
  }

  /// The confidence, in 0...1.
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
