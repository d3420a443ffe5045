/// The array forms: arrays in, results returned in new arrays.
///
/// A returned gradient or product has as many elements as the logits, and their layout. Elements outside the layout are
/// zero. Bad input throws an ``InputError``, as in the span form of the same name.
extension SequenceLoss {
  /// Each sample's loss, `[batch]`.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func losses<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try numbers(layout.batch) { (losses) throws(InputError) in
      try self.losses(logits, layout: layout, labels: labels, into: &losses, workspace: nil)
    }
  }

  /// Each sample's loss, `[batch]`.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func losses<Element: LogitElement>(
    _ logits: [Element], layout: Layout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try logits.withSpan { (logits) throws(InputError) in
      try losses(logits, layout: layout, labels: labels)
    }
  }

  /// Each sample's loss, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Parameters:
  ///   - logits: The logits, as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One label sequence for each sample.
  ///   - weights: A factor of each sample's gradient, `[batch]`; 1 by default. Losses are not multiplied.
  /// - Throws: ``InputError`` where a size, label, length, weight or option does not fit.
  public func lossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: Layout, labels: LabelBatch, weights: [Double]? = nil
  ) throws(InputError) -> (losses: [Double], gradient: [Element]) {
    let (losses, gradient) = try valuesAndGradient(logits, of: layout, count: layout.batch) {
      (logits, losses, gradient) throws(InputError) in
      try lossesAndGradient(
        logits, layout: layout, labels: labels, into: &losses, gradient: &gradient,
        output: GradientOutput(weights: weights))
    }
    return (losses, gradient)
  }

  /// The product of each sample's Hessian and its part of `vector`, in the layout of the logits.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func hessianVectorProducts<Element: LogitElement>(
    _ logits: [Element], layout: Layout, labels: LabelBatch, vector: [Element]
  ) throws(InputError) -> [Element] {
    try elements(logits.count, of: layout) { (product) throws(InputError) in
      try logits.withSpan { (logits) throws(InputError) in
        try vector.withSpan { (vector) throws(InputError) in
          try hessianVectorProducts(
            logits, layout: layout, labels: labels, vector: vector, into: &product,
            output: ProductOutput())
        }
      }
    }
  }

  /// The most probable alignment of each sample with its labels, `[batch]`.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func bestAlignments<Element: LogitElement>(
    _ logits: [Element], layout: Layout, labels: LabelBatch
  ) throws(InputError) -> [Alignment] {
    try logits.withSpan { (logits) throws(InputError) in
      try bestAlignments(logits, layout: layout, labels: labels)
    }
  }

  /// Independent draws from the posterior distribution of each sample's alignments, `[batch][count]`.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit, and where `count` is negative or too
  ///   large.
  public func sampledAlignments<Element: LogitElement>(
    _ logits: [Element], layout: Layout, labels: LabelBatch, count: Int, seed: UInt64
  ) throws(InputError) -> [[Alignment]] {
    try logits.withSpan { (logits) throws(InputError) in
      try sampledAlignments(logits, layout: layout, labels: labels, count: count, seed: seed)
    }
  }

  /// The entropy, in nats, of the posterior distribution of each sample's alignments, `[batch]`.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func entropies<Element: LogitElement>(
    _ logits: [Element], layout: Layout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try logits.withSpan { (logits) throws(InputError) in
      try entropies(logits, layout: layout, labels: labels)
    }
  }
}
