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
