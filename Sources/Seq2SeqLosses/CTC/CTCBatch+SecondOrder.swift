extension CTCBatch {
  /// Writes the Hessian-vector product of each sample.
  func hessianVectorProducts(
    _ vector: UnsafeBufferPointer<Element>, _ vectorLayout: LogitsLayout,
    into product: UnsafeMutableBufferPointer<Element>, _ productLayout: LogitsLayout
  ) throws(InputError) {
    try check("vector", vectorLayout, count: vector.count)
    let vector = StridedBuffer(vector, vectorLayout)
    let output = try output("product", product, productLayout)
    forEachSample { hessianVectorProduct($1, $0, vector, into: output) }
  }

  /// Writes the Hessian-vector product of a sample with one sequence.
  func hessianVectorProduct(
    _ sample: Int, _ workspace: CTCWorkspace, _ vector: StridedBuffer<Element>,
    into output: StridedBuffer<Element>
  ) {
    if kernelLoss(sample, workspace, gradient: output, along: vector) != nil { return }
    prepare(workspace, sample)
    let columns = workspace.columnCount
    let direction = workspace.directionMemory.reserve(
      Double.self, count: workspace.frames * columns)
    let means = workspace.arcMemory.reserve(Double.self, count: workspace.frames)
    let values = workspace.tangentMemory.reserve(Double.self, count: layout.vocabulary)
    let tangents = workspace.occupancyMemory.reserve(
      Double.self, count: workspace.frames * columns)
    for frame in 0..<workspace.frames where !workspace.isInvalid {
      vector.read(sample, frame, into: values)
      var mean = 0.0
      if loss.inputs == .logits {
        workspace.readSoftmax(frame, times: 1)
        for token in 0..<layout.vocabulary where workspace.row[token] > 0 {
          mean += workspace.row[token] * values[token]
        }
      }
      means[frame] = mean
      for (column, token) in workspace.tokens.lazy.map(Int.init).enumerated() {
        // Subtracting the mean changes only rounding errors, because a path emits exactly one token
        // per frame.
        direction[frame * columns + column] = values[token] - mean
      }
    }
    let (outcome, _) = workspace.occupancyTangents(
      lattice(sample, workspace), along: direction, into: tangents)
    writeProduct(sample, workspace, outcome, vector, means, minus: tangents, to: output)
  }

  /// Writes `softmax · (vector - mean) - tangents` (only the tangents for log-probabilities).
  private func writeProduct(
    _ sample: Int, _ workspace: CTCWorkspace, _ outcome: CTCOutcome,
    _ vector: StridedBuffer<Element>, _ means: UnsafePointer<Double>,
    minus tangents: UnsafePointer<Double>, to output: StridedBuffer<Element>
  ) {
    let values = workspace.tangentMemory.reserve(Double.self, count: layout.vocabulary)
    for frame in 0..<layout.time {
      guard frame < workspace.frames, outcome.posterior == .exists else {
        output.fill(sample, frame, with: frame < workspace.frames ? 0 * outcome.factor : 0)
        continue
      }
      if loss.inputs == .logits {
        workspace.readSoftmax(frame, times: 1)
        vector.read(sample, frame, into: values)
        for token in 0..<layout.vocabulary where workspace.row[token] > 0 {
          workspace.row[token] *= values[token] - means[frame]
        }
      } else {
        workspace.row.update(repeating: 0, count: layout.vocabulary)
      }
      for (column, token) in workspace.tokens.lazy.map(Int.init).enumerated() {
        workspace.row[token] -= tangents[frame * workspace.columnCount + column]
      }
      output.write(sample, frame, from: workspace.row)
    }
  }

  /// Writes the Hessian of each sample.
  func hessians(into hessians: UnsafeMutableBufferPointer<Element>) {
    let width = layout.time * layout.vocabulary
    // A zero of every element type consists of zero bits.
    UnsafeMutableRawBufferPointer(hessians).initializeMemory(as: UInt8.self, repeating: 0)
    forEachSample { workspace, sample in
      prepare(workspace, sample)
      guard let base = hessians.baseAddress.map({ $0 + sample * width * width }) else { return }
      let matrix = SquareMatrix(base, width: width)
      let lattice = lattice(sample, workspace)
      let (outcome, posteriors) = workspace.movePosteriors(lattice)
      let valid = workspace.frames * layout.vocabulary
      if outcome.posterior == .undefined {
        for row in 0..<valid {
          for column in 0..<valid { matrix.set(row, column, .nan) }
        }
      }
      guard let posteriors else { return }
      workspace.writeCovariances(lattice, posteriors, to: matrix)
      for frame in 0..<workspace.frames {
        writeFrameBlock(
          matrix, workspace, frame, posteriors.occupancies + frame * workspace.columnCount)
      }
    }
  }

  /// The block of one frame with itself: `γ γᵀ - diag(γ)`, and `diag(p) - p pᵀ` for logits.
  private func writeFrameBlock(
    _ matrix: SquareMatrix, _ workspace: CTCWorkspace, _ frame: Int,
    _ occupancies: UnsafePointer<Double>
  ) {
    if loss.inputs == .logits {
      workspace.readSoftmax(frame, times: 1)
    } else {
      workspace.row.update(repeating: 0, count: layout.vocabulary)
    }
    let softmax = UnsafePointer(workspace.row)
    let occupancy = workspace.occupancyOfToken(occupancies)
    let first = frame * layout.vocabulary
    for k in 0..<layout.vocabulary {
      for l in 0..<layout.vocabulary {
        let pair = occupancy[k] * occupancy[l] - softmax[k] * softmax[l]
        let diagonal = k == l ? softmax[k] - occupancy[k] : 0
        matrix.set(first + k, first + l, diagonal + pair)
      }
    }
  }
}
