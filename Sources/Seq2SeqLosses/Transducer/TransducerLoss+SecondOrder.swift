/// Second derivatives, of the loss itself: ``fastEmit`` and ``gradientLimit`` have no part in them.
extension TransducerLoss {
  /// Writes the Hessian of each sample's loss by the logits, times its part of `vector`, as the logits lie.
  ///
  /// Exact, by the expectation semiring (Eisner 2002). Time and memory
  /// O(frames · positions · (vocabulary + moves)) a sample. A sample without a path has a product of 0, one with NaN
  /// a product of NaN.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``, or where the vector or the
  ///   product has another size.
  public func hessianVectorProducts<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch, vector: Span<Element>,
    product: inout MutableSpan<Element>
  ) throws(InputError) {
    for (argument, count) in [("vector", vector.count), ("product", product.count)]
    where count != logits.count {
      throw InputError(argument, "\(count) elements for \(logits.count) logits")
    }
    try product.withUnsafeMutableBufferPointer { (product) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        try vector.withUnsafeBufferPointer { (vector) throws(InputError) in
          let batch = try TransducerBatch(self, logits, layout, labels)
          // Safe: a sample's product is written by the thread that has it, and by no other.
          nonisolated(unsafe) let (vector, product) = (vector, product)
          _ = batch.map { workspace, index in
            let sample = batch.sample(index)
            let output = StridedBuffer(product, layout.samples[index])
            let direction = StridedBuffer(vector, layout.samples[index])
            workspace.hessianVectorProduct(
              sample,
              direction: { frame, position, row in
                row.withUnsafeMutableBufferPointer { row in
                  guard let base = row.baseAddress else { return }
                  direction.read(
                    frame, position - sample.positions(frame).lowerBound, into: base)
                }
              },
              write: { batch.write($2, sample, $0, $1, output) })
            batch.clearBeyond(sample, output)
          }
        }
      }
    }
  }

  /// The Hessian of each sample's loss by the logits, times its part of `vector`, as the logits lie.
  ///
  /// - Throws: ``InputError`` as ``hessianVectorProducts(_:layout:labels:vector:product:)``.
  public func hessianVectorProducts<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch, vector: [Element]
  ) throws(InputError) -> [Element] {
    var product = [Element](repeating: Element(nearest: 0), count: logits.count)
    var span = product.mutableSpan
    try hessianVectorProducts(
      logits.span, layout: layout, labels: labels, vector: vector.span, product: &span)
    return product
  }

  /// Each sample's whole Hessian, `[batch][n · n]` with n the sample's time · positions · vocabulary values in
  /// the order in which the layout holds them; symmetric.
  ///
  /// One product a column: O(n) each, so O(1) for every entry. For study and for small samples; memory is what it
  /// returns.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``, or where a Hessian has more than
  ///   2^28 entries.
  public func hessians<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [[Double]] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try TransducerBatch(self, logits, layout, labels)
      for sample in 0..<layout.batch {
        let rows = layout.samples[sample]
        let size = rows.batch * rows.time * rows.vocabulary
        guard size <= 1 << 14 else {
          throw InputError("layout", sample: sample, "a Hessian of \(size) · \(size) entries")
        }
      }
      return batch.map { batch.hessian($1, $0) }
    }
  }
}

extension TransducerBatch {
  fileprivate func hessian(_ index: Int, _ workspace: TransducerWorkspace) -> [Double] {
    let sample = sample(index)
    let rows = layout.samples[index]
    let width = rows.vocabulary
    let size = rows.batch * rows.time * width
    var hessian = [Double](repeating: 0, count: size * size)
    func place(_ frame: Int, _ position: Int) -> Int {
      (frame * rows.time + position - sample.positions(frame).lowerBound) * width
    }
    for frame in 0..<sample.frames {
      for position in sample.positions(frame) {
        for column in 0..<width {
          let direction = place(frame, position) + column
          workspace.hessianVectorProduct(
            sample,
            direction: { otherFrame, otherPosition, row in
              for other in row.indices { row[other] = 0 }
              if otherFrame == frame && otherPosition == position { row[column] = 1 }
            },
            write: { otherFrame, otherPosition, row in
              let first = direction * size + place(otherFrame, otherPosition)
              for (other, value) in row.enumerated() { hessian[first + other] = value }
            })
        }
      }
    }
    return hessian
  }
}
