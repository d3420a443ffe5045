/// The transducer loss (RNN-T), `-log P(labels | logits)` in nats, from the joiner's logits.
///
/// ```swift
/// let loss = TransducerLoss(blank: 0)
/// let layout = try JoinerLayout(batch: 2, time: 50, positions: 9, vocabulary: 30, lengths: [50, 42])
/// let (losses, gradient) = try loss.lossesAndGradient(
///   logits, layout: layout, labels: [[3, 1, 4], [1, 5, 9, 2, 6, 5, 3, 5]])
/// ```
///
/// The probability is the sum, over all paths from no frame and no label to all of both, of the product of the
/// probabilities of their blanks and labels, each from the softmax at the frame and the position that it
/// leaves. Sums are of `Double`s with exponents beside, whatever the element type.
///
/// | case | result |
/// |---|---|
/// | no path, or each has a token of probability 0 | loss `+inf`, gradient 0 |
/// | empty labels | `-Σ log p(blank)` |
/// | no frames | 0 for empty labels, else `+inf` |
/// | frames and positions past a sample's | never read; gradient exactly 0 |
/// | NaN or `+inf` in a valid row, or nothing above `-inf` | NaN for that sample alone |
/// | bad sizes, labels, lengths, blank | ``InputError`` before any work |
///
/// Results are the same to the bit for any number of threads and any batch around a sample.
///
/// Source: Graves, "Sequence Transduction with Recurrent Neural Networks", arXiv 1211.3711, equations 12 to 18.
public struct TransducerLoss: Sendable, Equatable {
  /// The blank's index, anywhere in the vocabulary.
  public var blank: Int
  /// How paths move.
  public var topology: TransducerTopology
  /// FastEmit's λ, 0 or more: labels' shares of the gradient are multiplied by 1 + λ, the loss is not (Yu et al.
  /// 2020, arXiv 2010.11148, as NeMo defines it).
  public var fastEmit: Double
  /// The largest magnitude of the gradient's values, which are cut off there after all else; `nil` for none.
  ///
  /// This is torchaudio's and NeMo's `clamp` of the gradient w.r.t. the logits, where those are above 0.
  public var gradientLimit: Double?
  /// The largest number of threads to use; `nil` for one a processor.
  public var threads: Int?

  /// A loss; nothing is checked until it sees a batch.
  public init(
    blank: Int = 0, topology: TransducerTopology = .standard, fastEmit: Double = 0,
    gradientLimit: Double? = nil, threads: Int? = nil
  ) {
    self.blank = blank
    self.topology = topology
    self.fastEmit = fastEmit
    self.gradientLimit = gradientLimit
    self.threads = threads
  }

  /// Each sample's loss, `[batch]`.
  ///
  /// Time O(frames · positions · vocabulary) a sample; memory O(frames · positions + vocabulary) a thread.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - labels: One sequence a sample, of vocabulary indices other than the blank; fewer than it has positions.
  /// - Throws: ``InputError`` where a size, label, length, the blank or an option does not fit.
  public func losses<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try check(layout, labels, count: logits.count)
    var losses = [Double](repeating: 0, count: layout.batch)
    losses.withUnsafeMutableBufferPointer { losses in
      logits.withUnsafeBufferPointer { logits in
        // Safe: each loss is written by the thread that has its sample, and by no other.
        nonisolated(unsafe) let losses = losses
        forEachSample(layout, labels) { workspace, sample in
          workspace.prepare(self, logits, layout, labels, sample)
          losses[sample] = workspace.loss()
        }
      }
    }
    return losses
  }

  /// Each sample's loss, `[batch]`, and the gradient w.r.t. the logits, as they lie.
  ///
  /// Time and memory as for ``losses(_:layout:labels:)``.
  ///
  /// - Parameters:
  ///   - gradient: As many elements as the logits; those of the layout are overwritten.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)``, or where the gradient has another size.
  public func lossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch,
    gradient: inout MutableSpan<Element>
  ) throws(InputError) -> [Double] {
    try check(layout, labels, count: logits.count)
    guard gradient.count == logits.count else {
      throw InputError("gradient", "\(gradient.count) elements for \(logits.count) logits")
    }
    var losses = [Double](repeating: 0, count: layout.batch)
    losses.withUnsafeMutableBufferPointer { losses in
      gradient.withUnsafeMutableBufferPointer { gradient in
        logits.withUnsafeBufferPointer { logits in
          // Safe: a sample's loss and gradient are written by the thread that has it, and by no other.
          nonisolated(unsafe) let (losses, gradient) = (losses, gradient)
          forEachSample(layout, labels) { workspace, sample in
            workspace.prepare(self, logits, layout, labels, sample)
            losses[sample] = workspace.lossAndGradient(
              into: StridedBuffer(gradient, layout.samples[sample]))
          }
        }
      }
    }
    return losses
  }

  /// Each sample's loss, `[batch]`, and the gradient w.r.t. the logits, as they lie.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)``.
  public func lossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> (losses: [Double], gradient: [Element]) {
    var gradient = [Element](repeating: Element(nearest: 0), count: logits.count)
    var span = gradient.mutableSpan
    let losses = try lossesAndGradient(
      logits.span, layout: layout, labels: labels, gradient: &span)
    return (losses, gradient)
  }

  /// Writes the Hessian of each sample's loss by the logits, times its part of `vector`, as the logits lie.
  ///
  /// Of the loss itself: ``fastEmit`` and ``gradientLimit`` have no part in it. Exact, by the expectation semiring;
  /// two to three times the time of a gradient.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)``, or where the vector or the product has another
  ///   size.
  public func hessianVectorProducts<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch, vector: Span<Element>,
    product: inout MutableSpan<Element>
  ) throws(InputError) {
    try check(layout, labels, count: logits.count)
    for (argument, count) in [("vector", vector.count), ("product", product.count)]
    where count != logits.count {
      throw InputError(argument, "\(count) elements for \(logits.count) logits")
    }
    product.withUnsafeMutableBufferPointer { product in
      logits.withUnsafeBufferPointer { logits in
        vector.withUnsafeBufferPointer { vector in
          // Safe: a sample's product is written by the thread that has it, and by no other.
          nonisolated(unsafe) let product = product
          forEachSample(layout, labels) { workspace, sample in
            workspace.prepare(self, logits, layout, labels, sample)
            workspace.hessianVectorProduct(
              direction: StridedBuffer(vector, layout.samples[sample]),
              into: StridedBuffer(product, layout.samples[sample]))
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

  /// Throws unless all that the caller gives fits together.
  private func check(
    _ layout: JoinerLayout, _ labels: LabelBatch, count: Int
  ) throws(InputError) {
    try layout.check("logits", count: count)
    try checkOptions(blank: blank, vocabulary: layout.vocabulary, threads: threads)
    guard fastEmit >= 0, fastEmit.isFinite else {
      throw InputError("fastEmit", "\(fastEmit) is not 0 or more")
    }
    if let gradientLimit, !(gradientLimit > 0) {
      throw InputError("gradientLimit", "\(gradientLimit) is not above 0")
    }
    guard labels.count == layout.batch else {
      throw InputError("labels", "\(labels.count) sequences for a batch of \(layout.batch)")
    }
    for sample in 0..<layout.batch {
      let positions = layout.samples[sample].time
      guard labels[sample].count < positions else {
        throw InputError(
          "labels", sample: sample, "\(labels[sample].count) labels for \(positions) positions")
      }
      try checkLabels(
        "labels", sample: sample, labels[sample], vocabulary: layout.vocabulary, blank: blank)
    }
  }

  private func forEachSample(
    _ layout: JoinerLayout, _ labels: LabelBatch,
    _ body: (_ workspace: TransducerWorkspace, _ sample: Int) -> Void
  ) {
    let costs = (0..<layout.batch).map { sample in
      Double(layout.lengths[sample]) * Double(labels[sample].count + 1)
        * Double(layout.vocabulary + 16)
    }
    SampleQueue(costs: costs, threads: threads ?? SampleQueue.processorCount).run { next in
      let workspace = TransducerWorkspace()
      while let sample = next() { body(workspace, sample) }
    }
  }
}
