/// How a batch's losses become one number.
public enum LossReduction: String, Sendable, CaseIterable {
  /// The sum of the losses.
  case sum
  /// The sum of the losses, each divided by the batch size.
  case mean
  /// Each loss divided by its number of labels (at least 1), then the mean over the batch: what
  /// PyTorch calls "mean".
  case meanByLabelLength

  /// The losses reduced to one number; a mean over no sample is NaN.
  ///
  /// - Throws: ``InputError`` unless there is a label sequence for each loss.
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

  /// The losses' weighted sum, in the order of the samples; a mean over no sample is NaN.
  func reduce(_ losses: [Double], weights: [Double]) -> Double {
    if losses.isEmpty { return self == .sum ? 0 : .nan }
    return zip(losses, weights).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension CTCLoss {
  /// The batch's losses reduced to one number; `+inf` where one of them is infinite.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func loss<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, reduction: LossReduction
  ) throws(InputError) -> Double {
    let losses = try losses(logits, layout: layout, labels: labels)
    return try reduction.reduce(losses, of: labels)
  }

  /// The reduced loss, and its gradient into `gradient`; a sample of infinite loss adds no gradient.
  ///
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``.
  public func lossAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, reduction: LossReduction,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil
  ) throws(InputError) -> Double {
    try checkOneSequenceEach(layout, labels)
    let weights = reduction.weights(labels)
    var losses = [Double](repeating: 0, count: layout.batch)
    var span = losses.mutableSpan
    try lossesAndGradient(
      logits, layout: layout, labels: labels, weights: weights, losses: &span,
      gradient: &gradient, gradientLayout: gradientLayout, workspace: workspace)
    return reduction.reduce(losses, weights: weights)
  }
}
