/// Exact risk on the lattice: where a path's risk is a sum over its frames, no list and no sample is needed.
extension CTCLoss {
  /// Writes each sample's expected cost of a path, and its derivatives into `gradient`.
  ///
  /// A path that emits token k in frame t pays `costs[t, k]` there. The value is the mean of the sum over the
  /// posterior distribution of the paths that collapse to the labels, exactly: by the expectation semiring
  /// (Eisner 2002; the accumulation of sMBR training, Gibson and Hain 2006, on the lattice of one transcript). Costs
  /// that grow with a frame's distance from where a token should be make alignments timely; costs of frames make
  /// paths early or late.
  ///
  /// The derivative by the log-probability of k in frame t is `cov(1(t, k), cost)`, and by the logit the same.
  /// A sample without a path has a value of NaN and a gradient of 0, NaN samples NaN; a cost that is not finite
  /// counts only where the labels' tokens have it. O(frames · (vocabulary + labels)) a sample.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than the blank.
  ///   - costs: Of the logits' shape, any numbers, laid out as `costsLayout` says, or like the logits.
  ///   - costsLayout: Where the costs lie, if not as the logits do.
  ///   - weights: `[batch]`, what each sample's gradient is multiplied by; 1 unless given. Not the values.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - gradientLayout: Where the gradient goes, if not as the logits lie.
  ///   - workspace: As for ``losses(_:layout:labels:into:workspace:)``.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``, and where the
  ///   costs do not fit.
  public func pathRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, costs: Span<Element>,
    costsLayout: LogitsLayout? = nil, weights: [Double]? = nil,
    values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    gradientLayout: LogitsLayout? = nil, workspace: LossWorkspace? = nil
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
      try variants(
        logits, layout, labels, weights: weights, &values, &gradient, gradientLayout, workspace
      ) { sample in
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
  ///   ``pathRisksAndGradient(_:layout:labels:costs:costsLayout:weights:values:gradient:gradientLayout:workspace:)``.
  public func pathRisksAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, costs: [Element]
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try variants(of: logits, layout) { (values, gradient) throws(InputError) in
      try pathRisksAndGradient(
        logits.span, layout: layout, labels: labels, costs: costs.span, values: &values,
        gradient: &gradient)
    }
  }
}
