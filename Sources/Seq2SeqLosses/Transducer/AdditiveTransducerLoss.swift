/// The transducer loss, in nats, of a joiner that only adds: `logits[t, u] = encoder[t] + predictor[u]`. The array
/// `[batch, time, labels + 1, vocabulary]` is never made.
///
/// ```swift
/// let loss = AdditiveTransducerLoss(blank: 0)
/// let layout = try AdditiveLayout(batch: 2, time: 50, positions: 9, vocabulary: 500, lengths: [50, 42])
/// let result = try loss.lossesAndGradients(
///   encoder, predictor, layout: layout, labels: [[3, 1, 4], [1, 5, 9, 2, 6, 5, 3, 5]])
/// ```
///
/// This is the "simple" loss of pruned RNN-T (Kuang et al. 2022, arXiv 2206.13236). ``PruningBounds`` turn its
/// occupancies into the few positions of each frame that a full joiner then needs. With ``predictorShare`` and
/// ``encoderShare`` it is the "smoothed" loss. It equals ``TransducerLoss`` of the sums up to the rounding of a product of
/// matrices: a few units in the last place of the element type, or of `Float` for shorter types.
///
/// The sum of a node's exponentials is a sum of products of two rows' exponentials, so the sums of all nodes are one
/// product of matrices, and so is each gradient. If the two rows' largest logits are so far apart that the product loses
/// its digits, the node is computed separately, which is slower and exact.
///
/// All methods treat edge cases alike:
///
/// | case | result |
/// |---|---|
/// | no path, or each has a token of probability 0 | loss `+inf`, gradients 0 |
/// | empty labels | `-Σ log p(blank)` |
/// | no frames | 0 for empty labels, else `+inf` |
/// | frames and positions past a sample's end | never read; gradients exactly 0 |
/// | NaN or `+inf` in a valid row, or `-inf` alone at a node | NaN for that sample alone |
/// | bad sizes, labels, lengths, blank, options | ``InputError`` before any work |
///
/// Results are the same to the bit for any number of threads, and, without ``encoderShare``, any batch around a
/// sample.
public struct AdditiveTransducerLoss: Sendable, Hashable {
  /// The blank's index, anywhere in the vocabulary.
  public var blank: Int
  /// ``TransducerTopology/standard`` or ``TransducerTopology/monotonic``: k2's `regular` and `modified`.
  public var topology: TransducerTopology
  /// How much of a token's log-probability comes from the predictor's row alone, 0...1: k2's `lm_only_scale`.
  public var predictorShare: Double
  /// How much comes from the encoder's row plus the logarithm of the predictor's average probabilities, 0...1: k2's
  /// `am_only_scale`.
  ///
  /// The average is over all valid positions of the batch (k2's also covers positions past a sample's labels). Samples
  /// therefore depend on each other, and gradients are those of the sum of all losses. A sample without a finite loss
  /// has no part in the average, and does not change the others. For each such sample, the others may have to be
  /// computed once more.
  public var encoderShare: Double
  /// FastEmit's λ, 0 or more: the labels' part of the gradients is multiplied by 1 + λ; the loss is not (Yu et al. 2020,
  /// arXiv 2010.11148).
  public var fastEmit: Double
  /// The maximum number of threads; `nil` for one per processor.
  public var threads: Int?

  /// A loss; nothing is checked until it sees a batch.
  public init(
    blank: Int = 0, topology: TransducerTopology = .standard, predictorShare: Double = 0,
    encoderShare: Double = 0, fastEmit: Double = 0, threads: Int? = nil
  ) {
    self.blank = blank
    self.topology = topology
    self.predictorShare = predictorShare
    self.encoderShare = encoderShare
    self.fastEmit = fastEmit
    self.threads = threads
  }

  /// Writes each sample's loss into `losses`, `[batch]`.
  ///
  /// Time O(frames · positions · vocabulary) a sample, of multiplications and additions only; memory
  /// O((frames + positions) · vocabulary + frames · positions) a thread.
  ///
  /// - Parameters:
  ///   - encoder: `[batch, time, vocabulary]` as `layout` places it.
  ///   - predictor: `[batch, positions, vocabulary]` as `layout` places it.
  ///   - layout: The shapes, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank, shorter than its positions.
  ///   - losses: `[batch]`, overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` where a size, label, length, the blank or an option does not fit.
  public func losses<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, layout: AdditiveLayout,
    labels: LabelBatch, into losses: inout MutableSpan<Double>, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkCount("losses", losses.count, needed: layout.batch)
    let values = try withBatch(encoder, predictor, layout, labels, workspace) {
      $0.results().losses
    }
    for sample in values.indices { losses[sample] = values[sample] }
  }

  /// Each sample's loss, `[batch]`, and the probabilities that a path leaves each node by a blank and by a label.
  ///
  /// ``PruningBounds`` are computed from them. They need a backward recursion besides the losses'.
  ///
  /// - Parameters:
  ///   - encoder: `[batch, time, vocabulary]` as `layout` places it.
  ///   - predictor: `[batch, positions, vocabulary]` as `layout` places it.
  ///   - layout: The shapes, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank, shorter than its positions.
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:into:workspace:)``.
  public func lossesAndOccupancies<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, layout: AdditiveLayout,
    labels: LabelBatch
  ) throws(InputError) -> (losses: [Double], occupancies: TransducerOccupancies) {
    let result = try withBatch(encoder, predictor, layout, labels, nil) {
      $0.results(findsOccupancies: true)
    }
    return (result.losses, TransducerOccupancies(result.occupancies))
  }

  /// Writes each sample's loss into `losses`, and its gradients by the encoder's and the predictor's rows.
  ///
  /// Each gradient is one more product of matrices than the losses need, without the nodes that hardly any path crosses.
  ///
  /// - Parameters:
  ///   - encoder: `[batch, time, vocabulary]` as `layout` places it.
  ///   - predictor: `[batch, positions, vocabulary]` as `layout` places it.
  ///   - layout: The shapes, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank, shorter than its positions.
  ///   - losses: `[batch]`, overwritten.
  ///   - encoderGradient: As many elements as the encoder; those of the layout are overwritten.
  ///   - predictorGradient: As many elements as the predictor; those of the layout are overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:into:workspace:)``, and where a gradient has another size, or
  ///   two elements of a layout share memory.
  public func lossesAndGradients<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, layout: AdditiveLayout,
    labels: LabelBatch, into losses: inout MutableSpan<Double>,
    encoderGradient: inout MutableSpan<Element>, predictorGradient: inout MutableSpan<Element>,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    _ = try results(
      encoder, predictor, layout, labels, &losses, &encoderGradient, &predictorGradient,
      workspace, findsOccupancies: false)
  }

  /// Writes losses and gradients, and returns the occupancies: all at once, for a training step that prunes.
  ///
  /// - Parameters:
  ///   - encoder: `[batch, time, vocabulary]` as `layout` places it.
  ///   - predictor: `[batch, positions, vocabulary]` as `layout` places it.
  ///   - layout: The shapes, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank, shorter than its positions.
  ///   - losses: `[batch]`, overwritten.
  ///   - encoderGradient: As many elements as the encoder; those of the layout are overwritten.
  ///   - predictorGradient: As many elements as the predictor; those of the layout are overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Returns: The probabilities that a path of each sample leaves each node by a blank and by a label.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradients(_:_:layout:labels:into:encoderGradient:predictorGradient:workspace:)``.
  public func lossesGradientsAndOccupancies<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, layout: AdditiveLayout,
    labels: LabelBatch, into losses: inout MutableSpan<Double>,
    encoderGradient: inout MutableSpan<Element>, predictorGradient: inout MutableSpan<Element>,
    workspace: LossWorkspace? = nil
  ) throws(InputError) -> TransducerOccupancies {
    try results(
      encoder, predictor, layout, labels, &losses, &encoderGradient, &predictorGradient,
      workspace, findsOccupancies: true)
  }

  private func results<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, _ layout: AdditiveLayout,
    _ labels: LabelBatch, _ losses: inout MutableSpan<Double>,
    _ encoderGradient: inout MutableSpan<Element>,
    _ predictorGradient: inout MutableSpan<Element>, _ workspace: LossWorkspace?,
    findsOccupancies: Bool
  ) throws(InputError) -> TransducerOccupancies {
    try checkCount("losses", losses.count, needed: layout.batch)
    for (argument, count, expected) in [
      ("encoderGradient", encoderGradient.count, encoder.count),
      ("predictorGradient", predictorGradient.count, predictor.count),
    ] where count != expected {
      throw InputError(argument, "\(count) elements for \(expected) logits")
    }
    try layout.encoder.checkDistinct("encoderGradient")
    try layout.predictor.checkDistinct("predictorGradient")
    let results = try withBatch(encoder, predictor, layout, labels, workspace) { batch in
      encoderGradient.withUnsafeMutableBufferPointer { encoderGradient in
        predictorGradient.withUnsafeMutableBufferPointer { predictorGradient in
          batch.results(
            gradients: .init(
              encoder: StridedBuffer(encoderGradient, layout.encoder),
              predictor: StridedBuffer(predictorGradient, layout.predictor)),
            findsOccupancies: findsOccupancies)
        }
      }
    }
    for sample in results.losses.indices { losses[sample] = results.losses[sample] }
    return TransducerOccupancies(results.occupancies)
  }

  private func withBatch<Element: LogitElement, Result>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, _ layout: AdditiveLayout,
    _ labels: LabelBatch, _ workspace: LossWorkspace?,
    _ body: (AdditiveTransducerBatch<Element>) -> Result
  ) throws(InputError) -> Result {
    try layout.encoder.check("encoder", count: encoder.count)
    try layout.predictor.check("predictor", count: predictor.count)
    try validate(layout: layout, labels: labels)
    return encoder.withUnsafeBufferPointer { encoder in
      predictor.withUnsafeBufferPointer { predictor in
        body(AdditiveTransducerBatch(self, encoder, predictor, layout, labels, workspace))
      }
    }
  }
}
