/// Second derivatives of the loss, analytic.
///
/// The Hessian w.r.t. log-probabilities is minus the covariance, over the posterior of the paths, of
/// "frame t emits k" and "frame u emits l". W.r.t. logits it is the same plus
/// `diag(softmax) - softmax softmaxᵀ` at t = u: each frame of a path emits one token, so the
/// covariance does not change along the softmax's own null direction.
extension CTCLoss {
  /// Writes the product of each sample's Hessian with `vector` into `product`.
  ///
  /// `vector` and `product` have the layout of the logits, or their own. Frames past a sample's length are 0 in the
  /// product and not read from the vector; infeasible samples are 0, NaN samples NaN. A NaN or
  /// infinite vector element makes its sample's product NaN where it matters.
  ///
  /// Time O(frames · (vocabulary + labels)) a sample, two to three gradients' worth.
  ///
  /// - Throws: ``InputError`` as ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``.
  public func hessianVectorProduct<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, vector: Span<Element>,
    vectorLayout: LogitsLayout? = nil, product: inout MutableSpan<Element>,
    productLayout: LogitsLayout? = nil, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try product.withUnsafeMutableBufferPointer { (product) throws(InputError) in
      try vector.withUnsafeBufferPointer { (vector) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          try CTCBatch(self, logits, layout, labels, workspace: workspace).hessianVectorProduct(
            vector, vectorLayout ?? layout, into: product, productLayout ?? layout)
        }
      }
    }
  }

  /// The product of each sample's Hessian with `vector`, in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as ``hessianVectorProduct(_:layout:labels:vector:vectorLayout:product:productLayout:workspace:)``.
  public func hessianVectorProduct<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, vector: [Element]
  ) throws(InputError) -> [Element] {
    var product = zeros(like: logits)
    var span = product.mutableSpan
    try hessianVectorProduct(
      logits.span, layout: layout, labels: labels, vector: vector.span, product: &span)
    return product
  }

  /// Writes each sample's Hessian, dense `[batch, time, vocabulary, time, vocabulary]`.
  ///
  /// Symmetric; 0 where either frame is past the sample's length and for infeasible samples; NaN in
  /// the valid frames of NaN samples.
  ///
  /// Time O(frames² · distinct labels · labels) a sample, besides writing the output; memory
  /// O(frames · labels) a thread.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `hessian` has another
  ///   number of elements.
  public func hessian<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch,
    into hessian: inout MutableSpan<Element>
  ) throws(InputError) {
    try checkCount("hessian", hessian.count, try hessianCount(layout))
    try hessian.withUnsafeMutableBufferPointer { (hessian) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        try CTCBatch(self, logits, layout, labels).hessian(into: hessian)
      }
    }
  }

  /// Each sample's Hessian, dense `[batch, time, vocabulary, time, vocabulary]`.
  ///
  /// - Throws: ``InputError`` as ``hessian(_:layout:labels:into:)``.
  public func hessian<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Element] {
    // Checked before the large array is made.
    _ = try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      try CTCBatch(self, logits, layout, labels)
    }
    var hessian: [Element] = zeros(try hessianCount(layout))
    var span = hessian.mutableSpan
    try self.hessian(logits.span, layout: layout, labels: labels, into: &span)
    return hessian
  }

  private func hessianCount(_ layout: LogitsLayout) throws(InputError) -> Int {
    try checkedProduct(
      "hessian", layout.batch, layout.time, layout.vocabulary, layout.time, layout.vocabulary)
  }
}

extension CTCBatch {
  func hessianVectorProduct(
    _ vector: UnsafeBufferPointer<Element>, _ vectorLayout: LogitsLayout,
    into product: UnsafeMutableBufferPointer<Element>, _ productLayout: LogitsLayout
  ) throws(InputError) {
    try check("vector", vectorLayout, count: vector.count)
    let vector = StridedBuffer(vector, vectorLayout)
    let output = try output("product", product, productLayout)
    forEachSample { hessianVectorProduct($1, $0, vector, into: output) }
  }

  /// Writes the product of the Hessian of a sample that has one sequence and its part of `vector`.
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
      for (column, token) in workspace.tokens.enumerated() {
        // Centring changes nothing but the rounding: a path emits one token a frame.
        direction[frame * columns + column] = values[token] - mean
      }
    }
    let (outcome, _) = workspace.occupancyTangents(
      lattice(sample, workspace), along: direction, into: tangents)
    writeProduct(sample, workspace, outcome, vector, means, minus: tangents, to: output)
  }

  /// Writes `softmax · (vector - mean) - tangents` (the tangents alone for log-probabilities).
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
      for (column, token) in workspace.tokens.enumerated() {
        workspace.row[token] -= tangents[frame * workspace.columnCount + column]
      }
      output.write(sample, frame, from: workspace.row)
    }
  }

  func hessian(into hessian: UnsafeMutableBufferPointer<Element>) {
    let width = layout.time * layout.vocabulary
    // A zero of every element type is all zero bits.
    UnsafeMutableRawBufferPointer(hessian).initializeMemory(as: UInt8.self, repeating: 0)
    forEachSample { workspace, sample in
      prepare(workspace, sample)
      guard let base = hessian.baseAddress.map({ $0 + sample * width * width }) else { return }
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
