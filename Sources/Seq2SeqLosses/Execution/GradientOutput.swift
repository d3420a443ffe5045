/// How a gradient is written: everything that is optional.
///
/// ```swift
/// try ctc.lossesAndGradient(
///   logits, layout: layout, labels: labels, into: &losses, gradient: &gradient,
///   output: GradientOutput(weights: weights, workspace: workspace))
/// ```
///
/// `Layout` is the loss's: ``LogitsLayout`` for ``CTCLoss``, ``JoinerLayout`` for ``TransducerLoss``.
public struct GradientOutput<Layout: LossLayout>: Sendable {
  /// A factor of each sample's gradient, `[batch]`; 1 if `nil`. Losses and other values are not multiplied.
  public var weights: [Double]?
  /// Where the gradient lies in its array; like the logits if `nil`.
  public var layout: Layout?
  /// Memory to reuse; if `nil`, the call allocates its own.
  public var workspace: LossWorkspace?

  /// Options of a gradient; nothing is checked until a loss sees them.
  ///
  /// - Parameters:
  ///   - weights: A factor of each sample's gradient, `[batch]`; 1 by default.
  ///   - layout: Where the gradient lies in its array; like the logits by default.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  public init(
    weights: [Double]? = nil, layout: Layout? = nil, workspace: LossWorkspace? = nil
  ) {
    self.weights = weights
    self.layout = layout
    self.workspace = workspace
  }
}

/// How products of Hessians and a vector are read and written: everything that is optional.
///
/// `Layout` is the loss's: ``LogitsLayout`` for ``CTCLoss``, ``JoinerLayout`` for ``TransducerLoss``.
public struct ProductOutput<Layout: LossLayout>: Sendable {
  /// Where the vector lies in its array; like the logits if `nil`.
  public var vectorLayout: Layout?
  /// Where the product lies in its array; like the logits if `nil`.
  public var layout: Layout?
  /// Memory to reuse; if `nil`, the call allocates its own.
  public var workspace: LossWorkspace?

  /// Options of a product; nothing is checked until a loss sees them.
  ///
  /// - Parameters:
  ///   - vectorLayout: Where the vector lies in its array; like the logits by default.
  ///   - layout: Where the product lies in its array; like the logits by default.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  public init(
    vectorLayout: Layout? = nil, layout: Layout? = nil, workspace: LossWorkspace? = nil
  ) {
    self.vectorLayout = vectorLayout
    self.layout = layout
    self.workspace = workspace
  }
}
