/// What the variants of the loss have in common: a value and a gradient for each sample of a validated batch, by the
/// general engine.
extension CTCLoss {
  /// Calls `body` for each sample, its emissions prepared, and keeps the value that it returns.
  func variants<Element: LogitElement>(
    _ logits: Span<Element>, _ layout: LogitsLayout, _ labels: LabelBatch, weights: [Double]?,
    _ values: inout MutableSpan<Double>, _ gradient: inout MutableSpan<Element>,
    _ gradientLayout: LogitsLayout?, _ workspace: LossWorkspace?,
    body: (CTCVariantSample<Element>) -> Double
  ) throws(InputError) {
    try checkCount("values", values.count, layout.batch)
    try checkCount("weights", weights?.count ?? layout.batch, layout.batch)
    try values.withUnsafeMutableBufferPointer { (values) throws(InputError) in
      try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          let batch = try CTCBatch(self, logits, layout, labels, workspace: workspace)
          let output = try batch.output("gradient", gradient, gradientLayout ?? layout)
          // Safe: each value is written by the thread that has its sample, and by no other.
          nonisolated(unsafe) let values = values
          batch.forEachSample { workspace, sample in
            batch.prepare(workspace, sample)
            values[sample] = body(
              CTCVariantSample(
                batch: batch, sample: sample, workspace: workspace, output: output,
                weight: weights?[sample] ?? 1))
          }
        }
      }
    }
  }

  /// The same for arrays.
  func variants<Element: LogitElement>(
    of logits: [Element], _ layout: LogitsLayout,
    _ body: (inout MutableSpan<Double>, inout MutableSpan<Element>) throws(InputError) -> Void
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    var values = [Double](repeating: 0, count: layout.batch)
    var gradient = zeros(like: logits)
    var valueSpan = values.mutableSpan
    var gradientSpan = gradient.mutableSpan
    try body(&valueSpan, &gradientSpan)
    return (values, gradient)
  }
}

/// One prepared sample of a variant.
struct CTCVariantSample<Element: LogitElement> {
  let batch: CTCBatch<Element>
  let sample: Int
  let workspace: CTCWorkspace
  let output: StridedBuffer<Element>
  /// What the gradient is to be multiplied by.
  let weight: Double

  var lattice: BandLattice { batch.lattice(sample, workspace) }

  /// Writes ``weight`` times `softmaxFactor · softmax - columns`, or what there is without a posterior.
  func write(
    _ outcome: CTCOutcome, softmaxFactor: Double, minus columns: UnsafeMutablePointer<Double>
  ) {
    let factor = outcome.factor
    for index in 0..<(factor == 1 ? workspace.frames * workspace.columnCount : 0) {
      columns[index] *= weight
    }
    batch.write(
      sample, workspace, to: output, softmaxWeight: weight * softmaxFactor * factor,
      minus: columns)
  }

  /// The derivative of each occupancy along a direction, and the direction's mean sum along a path.
  func tangents(
    along direction: UnsafePointer<Double>
  ) -> (outcome: CTCOutcome, mean: Double, tangents: UnsafeMutablePointer<Double>) {
    let tangents = workspace.occupancyMemory.reserve(
      Double.self, count: workspace.frames * workspace.columnCount)
    let (outcome, mean) = workspace.occupancyTangents(lattice, along: direction, into: tangents)
    return (outcome, mean, tangents)
  }
}
