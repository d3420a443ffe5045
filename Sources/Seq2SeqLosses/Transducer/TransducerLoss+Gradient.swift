/// Losses together with their gradients.
extension TransducerLoss {
  /// Writes each sample's loss into `losses` and its gradient with respect to the logits into `gradient`.
  ///
  /// Weights multiply a sample's gradient after ``gradientLimit`` and before values are rounded to the element type; what
  /// is then beyond its range is infinite. Time and memory as for ``losses(_:layout:labels:into:workspace:)``.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  ///   - losses: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where the weights or the gradient do
  ///   not fit.
  public func lossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch,
    into losses: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<JoinerLayout> = GradientOutput()
  ) throws(InputError) {
    try losses.withUnsafeMutableBufferPointer { (losses) throws(InputError) in
      try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          try lossesAndGradient(logits, layout, labels, losses, gradient, output)
        }
      }
    }
  }

  /// Writes each sample's loss into `losses`, and overwrites the logits with its gradient.
  ///
  /// This avoids a second array, and moves a third less memory. The results are those of
  /// ``lossesAndGradient(_:layout:labels:into:gradient:output:)``, to the bit.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them; the elements of the layout are
  ///     overwritten.
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  ///   - weights: A factor of each sample's gradient, `[batch]`; 1 by default. Losses are not multiplied.
  ///   - losses: `[batch]`, overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` as ``lossesAndGradient(_:layout:labels:into:gradient:output:)``; the logits are then
  ///   unchanged.
  public func lossesAndGradient<Element: LogitElement>(
    replacing logits: inout MutableSpan<Element>, layout: JoinerLayout, labels: LabelBatch,
    weights: [Double]? = nil, into losses: inout MutableSpan<Double>,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try losses.withUnsafeMutableBufferPointer { (losses) throws(InputError) in
      try logits.withUnsafeMutableBufferPointer { (logits) throws(InputError) in
        try lossesAndGradient(
          UnsafeBufferPointer(logits), layout, labels, losses, logits,
          GradientOutput(weights: weights, workspace: workspace))
      }
    }
  }

  private func lossesAndGradient<Element: LogitElement>(
    _ logits: UnsafeBufferPointer<Element>, _ layout: JoinerLayout, _ labels: LabelBatch,
    _ losses: UnsafeMutableBufferPointer<Double>,
    _ gradient: UnsafeMutableBufferPointer<Element>, _ output: GradientOutput<JoinerLayout>
  ) throws(InputError) {
    try checkCount("losses", losses.count, needed: layout.batch)
    try checkCount("weights", output.weights?.count ?? layout.batch, needed: layout.batch)
    let batch = try TransducerBatch(self, logits, layout, labels, workspace: output.workspace)
    let place = try batch.place("gradient", output.layout, count: gradient.count)
    // Safe: only the thread that has the sample writes its gradient.
    nonisolated(unsafe) let gradient = gradient
    let values = batch.map { workspace, sample in
      batch.lossAndGradient(
        sample, workspace, into: StridedBuffer(gradient, place.samples[sample]),
        weight: output.weights?[sample] ?? 1)
    }
    for sample in values.indices { losses[sample] = values[sample] }
  }
}
