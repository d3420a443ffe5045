import CLibrary
import Seq2SeqLosses

/// How sure the posteriors are of a token, from its frames.
///
/// Probabilities are those of the softmax of a frame's values, so that logits have the confidences of their
/// log-probabilities.
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

  /// Adds a frame by its token's log-probability.
  mutating func add(logProbability: Double) {
    frames += 1
    largest = max(largest, logProbability)
    sum += logProbability
  }

  /// Adds a frame by its row, for ``ConfidenceMeasure/entropy``.
  mutating func add(entropyOf row: UnsafePointer<Double>, count: Int, _ normalizer: RowNormalizer) {
    frames += 1
    var entropy = 0.0
    for token in 0..<count where row[token] > -.infinity {
      let logProbability = normalizer.logProbability(of: row[token])
      entropy -= exp(logProbability) * logProbability
    }
    sum += count > 1 ? 1 - entropy / log(Double(count)) : 1
  }

  /// In 0...1.
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
