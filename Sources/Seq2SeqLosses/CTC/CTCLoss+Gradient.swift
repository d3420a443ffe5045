/// Losses together with their gradients.
extension CTCLoss {
  /// Writes each sample's loss into `losses` and its gradient with respect to the input into `gradient`.
  ///
  /// The gradient is `softmax - occupancy` for logits and `-occupancy` for log-probabilities. The occupancy is the
  /// posterior probability that the frame emits the token.
  ///
  /// Time O(frames · (vocabulary + labels)) a sample; memory O(frames · labels) a thread, above four million of those
  /// O(√frames · labels + frames).
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - losses: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where the weights or the gradient do
  ///   not fit, or two elements of the gradient's layout share memory.
  @specialized(where Element == Float)
  public func lossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch,
    into losses: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    try losses.withUnsafeMutableBufferPointer { (losses) throws(InputError) in
      try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          try lossesAndGradient(
            logits, layout, labels, losses, gradient, output, isInPlace: false)
        }
      }
    }
  }

  /// Writes each sample's loss into `losses`, and overwrites the logits with its gradient.
  ///
  /// No second array of the batch's size is needed: each thread has scratch memory for one sample's gradient. The results
  /// are those of ``lossesAndGradient(_:layout:labels:into:gradient:output:)``, to the bit.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; the elements of the layout are overwritten.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - weights: A factor of each sample's gradient, `[batch]`; 1 by default. Losses are not multiplied.
  ///   - losses: `[batch]`, overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` as ``lossesAndGradient(_:layout:labels:into:gradient:output:)``; the logits are then
  ///   unchanged.
  @specialized(where Element == Float)
  public func lossesAndGradient<Element: LogitElement>(
    replacing logits: inout MutableSpan<Element>, layout: LogitsLayout, labels: LabelBatch,
    weights: [Double]? = nil, into losses: inout MutableSpan<Double>,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try losses.withUnsafeMutableBufferPointer { (losses) throws(InputError) in
      try logits.withUnsafeMutableBufferPointer { (logits) throws(InputError) in
        try lossesAndGradient(
          UnsafeBufferPointer(logits), layout, labels, losses, logits,
          GradientOutput(weights: weights, workspace: workspace), isInPlace: true)
      }
    }
  }

  private func lossesAndGradient<Element: LogitElement>(
    _ logits: UnsafeBufferPointer<Element>, _ layout: LogitsLayout, _ labels: LabelBatch,
    _ losses: UnsafeMutableBufferPointer<Double>,
    _ gradient: UnsafeMutableBufferPointer<Element>, _ output: GradientOutput<LogitsLayout>,
    isInPlace: Bool
  ) throws(InputError) {
    try checkCount("losses", losses.count, needed: layout.batch)
    try checkCount("weights", output.weights?.count ?? layout.batch, needed: layout.batch)
    try CTCBatch(self, logits, layout, labels, workspace: output.workspace).lossesAndGradient(
      into: gradient, output.layout ?? layout, weights: output.weights, losses: losses,
      isInPlace: isInPlace)
  }
}
