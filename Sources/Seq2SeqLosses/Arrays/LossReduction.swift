/// How the losses of a batch are reduced to one number.
public enum LossReduction: String, Sendable, CaseIterable {
  /// The sum of the losses.
  case sum
  /// The sum of the losses divided by the batch size.
  case mean
  /// The mean over the batch of each loss divided by its number of labels (at least 1): PyTorch's "mean".
  case meanByLabelLength

  /// The losses reduced to one number. The mean of an empty batch is NaN.
  ///
  /// - Throws: ``InputError`` unless there is one label sequence per loss.
  public func reduce(
    _ losses: [Double], of labels: LabelBatch
  ) throws(InputError) -> Double {
    guard losses.count == labels.count else {
      throw InputError("losses", "\(losses.count) for \(labels.count) label sequences")
    }
    return reduce(losses, weights: weights(labels))
  }

  /// Each sample's factor in the sum.
  func weights(_ labels: LabelBatch) -> [Double] {
    labels.lengths.map { length in
      switch self {
      case .sum: 1
      case .mean: 1 / Double(labels.count)
      case .meanByLabelLength: 1 / (Double(labels.count) * Double(max(1, length)))
      }
    }
  }

  /// The weighted sum of the losses, in the order of the samples. The mean of an empty batch is
  /// NaN.
  func reduce(_ losses: [Double], weights: [Double]) -> Double {
    if losses.isEmpty { return self == .sum ? 0 : .nan }
    return zip(losses, weights).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
