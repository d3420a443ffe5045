#if canImport(_Differentiation)
  import Seq2SeqLosses
  public import _Differentiation

  /// A `CTCLoss` of a fixed batch as a twice differentiable function.
  ///
  /// ```swift
  /// let ctc = try DifferentiableCTCLoss(CTCLoss(blank: 0), layout: layout, labels: labels)
  /// let (loss, pullback) = valueWithPullback(at: logits) { ctc.loss($0) }
  /// ```
  ///
  /// The compiler does not differentiate the library's loops. The pullback of ``losses(_:)`` is the
  /// library's weighted gradient, and that of ``gradient(_:)`` is its Hessian-vector product.
  ///
  /// The initializer throws all errors of the batch. The functions themselves do not throw, because
  /// differentiated throwing functions crash in optimized builds (Swift 6.3). If an array is too
  /// short for the layout, values and derivatives are NaN.
  public struct DifferentiableCTCLoss: Sendable {
    /// The loss, which also defines the kind of the inputs.
    public let ctc: CTCLoss
    /// The layout of the logits.
    public let layout: LogitsLayout
    /// One label sequence per sample.
    public let labels: LabelBatch

    /// The loss of a batch.
    ///
    /// - Parameters:
    ///   - ctc: The loss. Its `inputs` determine the variables of differentiation.
    ///   - layout: The shape and strides of the logits, and the number of valid frames of each
    ///     sample.
    ///   - labels: One label sequence per sample.
    /// - Throws: `InputError` if the labels, the blank and the layout do not fit together.
    public init(
      _ ctc: CTCLoss, layout: LogitsLayout, labels: LabelBatch
    ) throws(InputError) {
      try ctc.validate(layout: layout, labels: labels)
      self.ctc = ctc
      self.layout = layout
      self.labels = labels
    }

    /// Each sample's loss in nats, `[batch]`, with the edge cases of `CTCLoss`.
    @differentiable(reverse,wrt: logits)
    public func losses<Element: LogitElement & Differentiable>(
      _ logits: [Element]
    ) -> [Double] where Element.TangentVector == Element {
      (try? ctc.losses(logits, layout: layout, labels: labels))
        ?? [Double](repeating: .nan, count: layout.batch)
    }

    /// The sum of the batch's losses in nats.
    @differentiable(reverse,wrt: logits)
    public func loss<Element: LogitElement & Differentiable>(
      _ logits: [Element]
    ) -> Double where Element.TangentVector == Element {
      (try? ctc.loss(logits, layout: layout, labels: labels, reduction: .sum)) ?? .nan
    }

    /// The gradient of ``loss(_:)``, in the layout of the logits; itself differentiable.
    @differentiable(reverse,wrt: logits)
    public func gradient<Element: LogitElement & Differentiable>(
      _ logits: [Element]
    ) -> [Element] where Element.TangentVector == Element {
      (try? ctc.lossesAndGradient(logits, layout: layout, labels: labels).gradient)
        ?? undefined(like: logits)
    }

    /// The derivative of ``losses(_:)``. The pullback of one weight per sample is the weighted
    /// gradient.
    @derivative(of: losses, wrt: logits)
    public func lossesDerivative<Element: LogitElement & Differentiable>(
      _ logits: [Element]
    ) -> (
      value: [Double], pullback: ([Double].TangentVector) -> [Element].TangentVector
    ) where Element.TangentVector == Element {
      (
        losses(logits),
        { weights in
          // An empty tangent vector represents zero.
          let weights = weights.base.isEmpty ? layout.lengths.map { _ in 0 } : weights.base
          return .init(weightedGradient(logits, weights))
        }
      )
    }

    /// The derivative of ``loss(_:)``. The pullback of a number is the gradient times this number.
    @derivative(of: loss, wrt: logits)
    public func lossDerivative<Element: LogitElement & Differentiable>(
      _ logits: [Element]
    ) -> (value: Double, pullback: (Double) -> [Element].TangentVector)
    where Element.TangentVector == Element {
      (
        loss(logits),
        { .init(weightedGradient(logits, [Double](repeating: $0, count: layout.batch))) }
      )
    }

    /// The derivative of ``gradient(_:)``. The pullback of a vector is the Hessian times the
    /// vector, because the Hessian is symmetric.
    @derivative(of: gradient, wrt: logits)
    public func gradientDerivative<Element: LogitElement & Differentiable>(
      _ logits: [Element]
    ) -> (
      value: [Element], pullback: ([Element].TangentVector) -> [Element].TangentVector
    ) where Element.TangentVector == Element {
      (
        gradient(logits),
        { vector in
          let zeros = [Element](repeating: Element(nearest: 0), count: logits.count)
          return .init(
            (try? ctc.hessianVectorProducts(
              logits, layout: layout, labels: labels,
              vector: vector.base.isEmpty ? zeros : vector.base)) ?? undefined(like: logits))
        }
      )
    }

    private func weightedGradient<Element: LogitElement>(
      _ logits: [Element], _ weights: [Double]
    ) -> [Element] {
      (try? ctc.lossesAndGradient(logits, layout: layout, labels: labels, weights: weights).gradient)
        ?? undefined(like: logits)
    }

    private func undefined<Element: LogitElement>(like logits: [Element]) -> [Element] {
      [Element](repeating: Element(nearest: .nan), count: logits.count)
    }
  }
#endif
