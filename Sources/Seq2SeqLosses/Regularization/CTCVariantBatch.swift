/// The common part of the loss's variants: computes a value and a gradient for each sample of a
/// validated batch, with the general engine.
extension CTCLoss {
  /// Calls `body` for each sample with prepared emissions, and writes the value that it returns.
  func variants<Element: LogitElement>(
    _ logits: Span<Element>, _ layout: LogitsLayout, _ labels: LabelBatch,
    _ values: inout MutableSpan<Double>, _ gradient: inout MutableSpan<Element>,
    _ output: GradientOutput<LogitsLayout>, body: (CTCVariantSample<Element>) -> Double
  ) throws(InputError) {
    try checkCount("values", values.count, needed: layout.batch)
    try checkCount("weights", output.weights?.count ?? layout.batch, needed: layout.batch)
    try values.withUnsafeMutableBufferPointer { (values) throws(InputError) in
      try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          let batch = try CTCBatch(self, logits, layout, labels, workspace: output.workspace)
          let buffer = try batch.output("gradient", gradient, output.layout ?? layout)
          // Safe: only the thread that has the sample writes its value.
          nonisolated(unsafe) let values = values
          batch.forEachSample { workspace, sample in
            batch.prepare(workspace, sample)
            values[sample] = body(
              CTCVariantSample(
                batch: batch, sample: sample, workspace: workspace, output: buffer,
                weight: output.weights?[sample] ?? 1))
          }
        }
      }
    }
  }
}

/// One prepared sample of a variant.
struct CTCVariantSample<Element: LogitElement> {
  let batch: CTCBatch<Element>
  let sample: Int
  let workspace: CTCWorkspace
  let output: StridedBuffer<Element>
  /// The factor of the gradient.
  let weight: Double

  var lattice: BandLattice { batch.lattice(sample, workspace) }

  /// Writes ``weight`` times `softmaxFactor · softmax - columns`; without a posterior, 0 or NaN.
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
