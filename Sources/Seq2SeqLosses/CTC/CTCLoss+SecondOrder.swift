/// Second derivatives of the loss, analytic.
///
/// The Hessian with respect to log-probabilities is minus the covariance, over the posterior of the paths, of "frame t
/// emits k" and "frame u emits l". The Hessian with respect to logits adds `diag(softmax) - softmax softmaxᵀ` where
/// t = u: each frame of a path emits exactly one token, so the covariance does not change along the softmax's null
/// direction.
extension CTCLoss {
  /// Writes the product of each sample's Hessian and its part of `vector` into `product`.
  ///
  /// Frames past a sample's length are not read from the vector, and their products are 0. Samples without a path have
  /// products of 0, NaN samples of NaN. A NaN or infinite element of the vector may make its sample's product NaN.
  ///
  /// Time O(frames · (vocabulary + labels)) a sample, two to three times that of a gradient.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - vector: Any numbers, of the logits' shape.
  ///   - product: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The layouts of vector and product, and memory to reuse.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where vector or product do not fit, or
  ///   two elements of the product's layout share memory.
  public func hessianVectorProducts<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, vector: Span<Element>,
    into product: inout MutableSpan<Element>,
    output: ProductOutput<LogitsLayout> = ProductOutput()
  ) throws(InputError) {
    try product.withUnsafeMutableBufferPointer { (product) throws(InputError) in
      try vector.withUnsafeBufferPointer { (vector) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          try CTCBatch(self, logits, layout, labels, workspace: output.workspace)
            .hessianVectorProducts(
              vector, output.vectorLayout ?? layout, into: product, output.layout ?? layout)
        }
      }
    }
  }

  /// Writes each sample's Hessian, dense `[batch, time, vocabulary, time, vocabulary]`.
  ///
  /// Hessians are symmetric. They are 0 where either frame is past the sample's length and for samples without a path,
  /// and NaN in the valid frames of NaN samples.
  ///
  /// Time O(frames² · distinct labels · labels) a sample, besides writing the result; memory O(frames · labels) a
  /// thread.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - hessians: `[batch, time, vocabulary, time, vocabulary]`, overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `hessians` has another number of
  ///   elements.
  public func hessians<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch,
    into hessians: inout MutableSpan<Element>, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkCount("hessians", hessians.count, needed: try hessianCount(layout))
    try hessians.withUnsafeMutableBufferPointer { (hessians) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        try CTCBatch(self, logits, layout, labels, workspace: workspace).hessians(into: hessians)
      }
    }
  }

  /// Each sample's Hessian, dense `[batch, time, vocabulary, time, vocabulary]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where the Hessians are too large.
  public func hessians<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Element] {
    // Checked before the large array is made.
    _ = try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      try CTCBatch(self, logits, layout, labels)
    }
    var hessians: [Element] = zeros(try hessianCount(layout))
    try hessians.withMutableSpan { (hessians) throws(InputError) in
      try logits.withSpan { (logits) throws(InputError) in
        try self.hessians(logits, layout: layout, labels: labels, into: &hessians)
      }
    }
    return hessians
  }

  private func hessianCount(_ layout: LogitsLayout) throws(InputError) -> Int {
    try checkedProduct(
      "hessians", layout.batch, layout.time, layout.vocabulary, layout.time, layout.vocabulary)
  }
}
