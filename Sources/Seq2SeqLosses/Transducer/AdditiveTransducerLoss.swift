/// The transducer loss of a joiner that only adds, `logits[t, u] = encoder[t] + predictor[u]`, in nats, from the two
/// alone: the array `[batch, time, labels + 1, vocabulary]` is never made.
///
/// ```swift
/// let loss = AdditiveTransducerLoss(blank: 0)
/// let layout = try AdditiveLayout(batch: 2, time: 50, positions: 9, vocabulary: 500, lengths: [50, 42])
/// let result = try loss.lossesAndGradients(
///   encoder, predictor, layout: layout, labels: [[3, 1, 4], [1, 5, 9, 2, 6, 5, 3, 5]])
/// ```
///
/// This is the "simple" loss of pruned RNN-T (Kuang et al. 2022, arXiv 2206.13236): what it says about where labels
/// are, ``PruningBounds`` turn into the few positions a frame that a real joiner then needs. With
/// ``predictorShare`` and ``encoderShare`` it is the "smoothed" one. Equal to ``TransducerLoss`` on the sums, to
/// the rounding of a product of matrices: a few units in the last place of the element type, or of `Float` for shorter
/// types.
///
/// The sum of a node's exponentials is a sum of products of two rows' exponentials, so the sums of all nodes are one
/// product of matrices, and so is each gradient. Where the two rows' largest logits are so far apart that the product
/// loses its digits, the node is computed alone, which is slower and exact.
///
/// | case | result |
/// |---|---|
/// | no path, or each has a token of probability 0 | loss `+inf`, gradients 0 |
/// | empty labels | `-Σ log p(blank)` |
/// | no frames | 0 for empty labels, else `+inf` |
/// | frames and positions past a sample's | never read; gradients exactly 0 |
/// | NaN or `+inf` in a valid row, or nothing above `-inf` at a node | NaN for that sample alone |
/// | bad sizes, labels, lengths, blank, options | ``InputError`` before any work |
///
/// Results are the same to the bit for any number of threads, and, without ``encoderShare``, any batch around a
/// sample.
public struct AdditiveTransducerLoss: Sendable, Hashable {
  /// The blank's index, anywhere in the vocabulary.
  public var blank: Int
  /// ``TransducerTopology/standard`` or ``TransducerTopology/monotonic``: k2's `regular` and `modified`.
  public var topology: TransducerTopology
  /// How much of a token's log-probability is that of the predictor's row alone, 0 to 1: k2's `lm_only_scale`.
  public var predictorShare: Double
  /// How much is that of the encoder's row plus the logarithm of the average predictor's probabilities, 0 to 1: k2's
  /// `am_only_scale`. The average is over all valid positions of the batch, so samples depend on each other (k2's is
  /// also over those past a sample's labels), and gradients are those of the sum of all losses. A sample without a
  /// finite loss has no part in the average: it changes nothing of the others. Each such sample may cost the others'
  /// losses once more.
  public var encoderShare: Double
  /// FastEmit's λ, 0 or more: labels' shares of the gradients are multiplied by 1 + λ, the loss is not (Yu et al.
  /// 2020, arXiv 2010.11148).
  public var fastEmit: Double
  /// The largest number of threads to use; `nil` for one a processor.
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

  /// Each sample's loss, `[batch]`.
  ///
  /// Time O(frames · positions · vocabulary) a sample, of which only multiplications and additions; memory
  /// O((frames + positions) · vocabulary + frames · positions) a thread.
  ///
  /// - Parameters:
  ///   - encoder: `[batch, time, vocabulary]` as `layout` places it.
  ///   - predictor: `[batch, positions, vocabulary]` as `layout` places it.
  ///   - layout: The shapes, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than the blank; fewer than it has positions.
  /// - Throws: ``InputError`` where a size, label, length, the blank or an option does not fit.
  public func losses<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, layout: AdditiveLayout,
    labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try withBatch(encoder, predictor, layout, labels) { $0.results().losses }
  }

  /// Each sample's loss, `[batch]`, and what share of its paths leaves each node by its blank and by its label.
  ///
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:)-(Span<Element>,_,_,_)``.
  public func lossesAndOccupancies<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, layout: AdditiveLayout,
    labels: LabelBatch
  ) throws(InputError) -> (losses: [Double], occupancies: TransducerOccupancies) {
    let result = try withBatch(encoder, predictor, layout, labels) {
      $0.results(findsOccupancies: true)
    }
    return (result.losses, TransducerOccupancies(result.occupancies))
  }

  /// Each sample's loss, `[batch]`, and the gradients w.r.t. encoder and predictor, as these lie.
  ///
  /// Twice more the multiplications of the losses alone, less those of nodes that hardly any path crosses.
  ///
  /// - Parameters:
  ///   - encoder: `[batch, time, vocabulary]` as `layout` places it.
  ///   - predictor: `[batch, positions, vocabulary]` as `layout` places it.
  ///   - layout: The shapes, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than blanks; fewer than it has positions.
  ///   - encoderGradient: As many elements as the encoder; those of the layout are overwritten.
  ///   - predictorGradient: As many elements as the predictor; those of the layout are overwritten.
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:)-(Span<Element>,_,_,_)``, or where a gradient has another
  ///   size, or the layout makes elements overlap.
  public func lossesAndGradients<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, layout: AdditiveLayout,
    labels: LabelBatch, encoderGradient: inout MutableSpan<Element>,
    predictorGradient: inout MutableSpan<Element>
  ) throws(InputError) -> [Double] {
    try results(
      encoder, predictor, layout, labels, &encoderGradient, &predictorGradient,
      findsOccupancies: false
    ).losses
  }

  /// Losses, gradients and occupancies at once, for a training step that prunes.
  ///
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradients(_:_:layout:labels:encoderGradient:predictorGradient:)``.
  public func lossesGradientsAndOccupancies<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, layout: AdditiveLayout,
    labels: LabelBatch, encoderGradient: inout MutableSpan<Element>,
    predictorGradient: inout MutableSpan<Element>
  ) throws(InputError) -> (losses: [Double], occupancies: TransducerOccupancies) {
    let result = try results(
      encoder, predictor, layout, labels, &encoderGradient, &predictorGradient,
      findsOccupancies: true)
    return (result.losses, TransducerOccupancies(result.occupancies))
  }

  private func results<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, _ layout: AdditiveLayout,
    _ labels: LabelBatch, _ encoderGradient: inout MutableSpan<Element>,
    _ predictorGradient: inout MutableSpan<Element>, findsOccupancies: Bool
  ) throws(InputError) -> AdditiveTransducerBatch<Element>.Results {
    for (argument, count, expected) in [
      ("encoderGradient", encoderGradient.count, encoder.count),
      ("predictorGradient", predictorGradient.count, predictor.count),
    ] where count != expected {
      throw InputError(argument, "\(count) elements for \(expected) logits")
    }
    try layout.encoder.checkDistinct("encoderGradient")
    try layout.predictor.checkDistinct("predictorGradient")
    return try withBatch(encoder, predictor, layout, labels) { batch in
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
  }

  private func withBatch<Element: LogitElement, Result>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, _ layout: AdditiveLayout,
    _ labels: LabelBatch, _ body: (AdditiveTransducerBatch<Element>) -> Result
  ) throws(InputError) -> Result {
    try check(layout, labels, encoderCount: encoder.count, predictorCount: predictor.count)
    return encoder.withUnsafeBufferPointer { encoder in
      predictor.withUnsafeBufferPointer { predictor in
        body(AdditiveTransducerBatch(self, encoder, predictor, layout, labels))
      }
    }
  }

  /// Throws unless all that the caller gives fits together.
  private func check(
    _ layout: AdditiveLayout, _ labels: LabelBatch, encoderCount: Int, predictorCount: Int
  ) throws(InputError) {
    try layout.encoder.check("encoder", count: encoderCount)
    try layout.predictor.check("predictor", count: predictorCount)
    try checkOptions(blank: blank, vocabulary: layout.vocabulary, threads: threads)
    guard topology.plainLabelFrames != nil else {
      throw InputError("topology", "neither standard nor monotonic")
    }
    for (argument, share) in [("predictorShare", predictorShare), ("encoderShare", encoderShare)] {
      guard (0...1).contains(share) else { throw InputError(argument, "\(share) is outside 0...1") }
    }
    guard predictorShare + encoderShare <= 1 else {
      throw InputError("encoderShare", "\(encoderShare) and \(predictorShare) are more than 1")
    }
    guard fastEmit >= 0, fastEmit.isFinite else {
      throw InputError("fastEmit", "\(fastEmit) is not 0 or more")
    }
    guard labels.count == layout.batch else {
      throw InputError("labels", "\(labels.count) sequences for a batch of \(layout.batch)")
    }
    for sample in 0..<layout.batch {
      guard labels[sample].count < layout.positions else {
        throw InputError(
          "labels", sample: sample,
          "\(labels[sample].count) labels for \(layout.positions) positions")
      }
      try checkNodes(
        sample, frames: layout.encoder.lengths[sample], labels: labels[sample].count)
      try checkLabels(
        "labels", sample: sample, labels[sample], vocabulary: layout.vocabulary, blank: blank)
    }
  }
}

extension AdditiveTransducerLoss {
  /// Each sample's loss, `[batch]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:)-(Span<Element>,_,_,_)``.
  public func losses<Element: LogitElement>(
    _ encoder: [Element], _ predictor: [Element], layout: AdditiveLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try losses(encoder.span, predictor.span, layout: layout, labels: labels)
  }

  /// Each sample's loss, `[batch]`, the gradients w.r.t. encoder and predictor, as these lie, and the occupancies.
  ///
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:)-(Span<Element>,_,_,_)``.
  public func lossesAndGradients<Element: LogitElement>(
    _ encoder: [Element], _ predictor: [Element], layout: AdditiveLayout, labels: LabelBatch
  ) throws(InputError) -> (
    losses: [Double], encoderGradient: [Element], predictorGradient: [Element],
    occupancies: TransducerOccupancies
  ) {
    let zero = Element(nearest: 0)
    var encoderGradient = [Element](repeating: zero, count: encoder.count)
    var predictorGradient = [Element](repeating: zero, count: predictor.count)
    var encoderSpan = encoderGradient.mutableSpan
    var predictorSpan = predictorGradient.mutableSpan
    let (losses, occupancies) = try lossesGradientsAndOccupancies(
      encoder.span, predictor.span, layout: layout, labels: labels,
      encoderGradient: &encoderSpan, predictorGradient: &predictorSpan)
    return (losses, encoderGradient, predictorGradient, occupancies)
  }
}
