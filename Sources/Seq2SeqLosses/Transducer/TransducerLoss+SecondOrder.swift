/// Second derivatives of the loss; ``fastEmit`` and ``gradientLimit`` do not apply to them.
extension TransducerLoss {
  /// Writes the product of each sample's Hessian and its part of `vector` into `product`.
  ///
  /// Exact, by the expectation semiring (Eisner 2002). Time and memory O(frames · positions · (vocabulary + moves)) a
  /// sample. Samples without a path have products of 0, NaN samples of NaN.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  ///   - vector: Any numbers, of the logits' shape.
  ///   - product: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The layouts of vector and product, and memory to reuse.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where vector or product do not fit.
  public func hessianVectorProducts<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch, vector: Span<Element>,
    into product: inout MutableSpan<Element>,
    output: ProductOutput<JoinerLayout> = ProductOutput()
  ) throws(InputError) {
    try product.withUnsafeMutableBufferPointer { (product) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        try vector.withUnsafeBufferPointer { (vector) throws(InputError) in
          let batch = try TransducerBatch(
            self, logits, layout, labels, workspace: output.workspace)
          let source = try batch.place("vector", output.vectorLayout, count: vector.count)
          let target = try batch.place("product", output.layout, count: product.count)
          // Safe: only the thread that has the sample writes its product.
          nonisolated(unsafe) let (vector, product) = (vector, product)
          _ = batch.map { workspace, index in
            batch.writeHessianVectorProduct(
              index, workspace, StridedBuffer(vector, source.samples[index]),
              to: StridedBuffer(product, target.samples[index]))
          }
        }
      }
    }
  }

  /// Writes each sample's Hessian into `hessians`, one sample after the other.
  ///
  /// The Hessian of a sample is `[n, n]`, where n is the number of the sample's time · positions · vocabulary values, in
  /// the order in which the layout holds them. For a padded layout the whole is
  /// `[batch, time, positions, vocabulary, time, positions, vocabulary]`. Hessians are symmetric.
  ///
  /// Each column is one product: O(n) time a column. For study and for small samples.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  ///   - hessians: `[Σ n²]`, overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, where a Hessian has more than 2^28 entries,
  ///   and where `hessians` has another number of elements.
  public func hessians<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch,
    into hessians: inout MutableSpan<Element>, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    let offsets = try hessianOffsets(layout)
    try checkCount("hessians", hessians.count, needed: offsets[layout.batch])
    try hessians.withUnsafeMutableBufferPointer { (hessians) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try TransducerBatch(self, logits, layout, labels, workspace: workspace)
        // A zero of every element type consists of zero bits.
        UnsafeMutableRawBufferPointer(hessians).initializeMemory(as: UInt8.self, repeating: 0)
        // Safe: only the thread that has the sample writes its Hessian.
        nonisolated(unsafe) let hessians = hessians
        _ = batch.map { workspace, index in
          guard let base = hessians.baseAddress else { return }
          batch.writeHessian(
            index, workspace,
            to: SquareMatrix(base + offsets[index], width: layout.samples[index].valueCount))
        }
      }
    }
  }

  /// Each sample's Hessian, one sample after the other, as
  /// ``hessians(_:layout:labels:into:workspace:)`` writes them.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where a Hessian has more than 2^28
  ///   entries.
  public func hessians<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [Element] {
    // Checked before the large array is made.
    _ = try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      try TransducerBatch(self, logits, layout, labels)
    }
    var hessians: [Element] = zeros(try hessianOffsets(layout)[layout.batch])
    try hessians.withMutableSpan { (hessians) throws(InputError) in
      try logits.withSpan { (logits) throws(InputError) in
        try self.hessians(logits, layout: layout, labels: labels, into: &hessians)
      }
    }
    return hessians
  }

  /// The offset of each sample's Hessian, and the end.
  private func hessianOffsets(_ layout: JoinerLayout) throws(InputError) -> [Int] {
    var offsets = [0]
    for sample in 0..<layout.batch {
      let size = layout.samples[sample].valueCount
      guard size <= 1 << 14 else {
        throw InputError("layout", sample: sample, "a Hessian of \(size) · \(size) entries")
      }
      // At most 2^20 samples of 2^28 entries.
      offsets.append(offsets[sample] + size * size)
    }
    return offsets
  }
}

extension TransducerBatch {
  /// Writes the Hessian-vector product of a sample.
  fileprivate func writeHessianVectorProduct(
    _ index: Int, _ workspace: TransducerWorkspace, _ direction: StridedBuffer<Element>,
    to output: StridedBuffer<Element>
  ) {
    let sample = sample(index)
    workspace.hessianVectorProduct(
      sample,
      direction: { frame, position, row in
        row.withUnsafeMutableBufferPointer { row in
          guard let base = row.baseAddress else { return }
          direction.read(frame, position - sample.positions(frame).lowerBound, into: base)
        }
      },
      write: { write($2, sample, $0, $1, output) })
    clearBeyond(sample, output)
  }

  /// Writes a sample's Hessian; all values must be 0 before.
  fileprivate func writeHessian(
    _ index: Int, _ workspace: TransducerWorkspace, to hessian: SquareMatrix
  ) {
    let sample = sample(index)
    let rows = layout.samples[index]
    let width = rows.vocabulary
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
              let first = place(otherFrame, otherPosition)
              for (other, value) in row.enumerated() {
                hessian.set(direction, first + other, value)
              }
            })
        }
      }
    }
  }
}
