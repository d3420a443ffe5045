/// Exact risk on the lattice: if a path's risk is a sum over its frames, neither hypotheses nor draws are needed.
extension CTCLoss {
  /// Writes each sample's expected cost of a path, and its derivatives into `gradient`.
  ///
  /// A path that emits token k in frame t has the cost `costs[t, k]` there. The value is the expectation of the sum of a
  /// path's costs over the posterior distribution of the paths that collapse to the labels. It is exact, by the
  /// expectation semiring (Eisner 2002; sMBR training, Gibson and Hain 2006, accumulates it on the lattice of one
  /// transcript). Costs that grow with the distance between a frame and the frame where a token belongs make alignments
  /// timely. Costs of frames alone make paths early or late.
  ///
  /// The derivative by the log-probability of k in frame t is `cov(1(t, k), cost)`; that by the logit is the same. A
  /// sample without a path has a value of NaN and a gradient of 0, NaN samples have NaN. Only the costs of the labels'
  /// tokens and the blank count; others may be NaN or infinite. O(frames · (vocabulary + labels)) a sample.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - costs: Any numbers, of the logits' shape.
  ///   - costsLayout: Where the costs lie in their array; like the logits by default.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:into:gradient:output:)``, and where the
  ///   costs do not fit.
  public func pathRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, costs: Span<Element>,
    costsLayout: LogitsLayout? = nil, into values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    try costs.withUnsafeBufferPointer { (costs) throws(InputError) in
      let placed = costsLayout ?? layout
      guard
        (placed.batch, placed.time, placed.vocabulary)
          == (layout.batch, layout.time, layout.vocabulary)
      else {
        throw InputError(
          "costs",
          "shape \([placed.batch, placed.time, placed.vocabulary]) where the logits have "
            + "\([layout.batch, layout.time, layout.vocabulary])")
      }
      try placed.check("costs", count: costs.count)
      let costs = StridedBuffer(costs, placed)
      try variants(logits, layout, labels, &values, &gradient, output) { sample in
        let workspace = sample.workspace
        let width = workspace.columnCount
        let direction = workspace.directionMemory.reserve(
          Double.self, count: workspace.frames * width)
        let tokens = workspace.tokens
        tokens.withUnsafeBufferPointer {
          costs.gather(
            sample.sample, 0..<workspace.frames, columns: $0, into: direction, stride: width)
        }
        let (outcome, mean, columns) = sample.tangents(along: direction)
        for index in 0..<workspace.frames * width { columns[index] = 0 - columns[index] }
        sample.write(outcome, softmaxFactor: 0, minus: columns)
        return mean
      }
    }
  }

  /// Each sample's expected cost, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``pathRisksAndGradient(_:layout:labels:costs:costsLayout:into:gradient:output:)``.
  public func pathRisksAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, costs: [Element],
    weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try valuesAndGradient(logits, of: layout, count: layout.batch) {
      (logits, values, gradient) throws(InputError) in
      try costs.withSpan { (costs) throws(InputError) in
        try pathRisksAndGradient(
          logits, layout: layout, labels: labels, costs: costs, into: &values,
          gradient: &gradient, output: GradientOutput(weights: weights))
      }
    }
  }
}
