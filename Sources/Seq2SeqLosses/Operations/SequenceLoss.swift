/// A loss of label sequences, `-log P(labels | logits)` in nats: the operations that all losses of logits share, under
/// the same names and with the same options.
///
/// ``CTCLoss`` and ``TransducerLoss`` conform. Every operation has two forms, with arguments in the same order:
///
/// | form | input | results |
/// |---|---|---|
/// | array | arrays | returned in new arrays |
/// | span | `Span`s | written into the caller's memory: `into`, `gradient` |
///
/// The requirements of this protocol are the span forms; its extensions derive the array forms. The conforming types
/// give the last argument of a span form a default value. Each operation's documentation at the conforming types says
/// how it treats edge cases and what it costs.
public protocol SequenceLoss: Sendable {
  /// Where the logits of a batch lie.
  associatedtype Layout: LossLayout
  /// One alignment of a sample with its labels.
  associatedtype Alignment: Sendable

  /// Checks sizes, labels and options without any logits.
  ///
  /// - Throws: ``InputError`` as the loss.
  func validate(layout: Layout, labels: LabelBatch) throws(InputError)

  /// Writes each sample's loss into `losses`, `[batch]`.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  func losses<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch,
    into losses: inout MutableSpan<Double>, workspace: LossWorkspace?
  ) throws(InputError)

  /// Writes each sample's loss into `losses`, `[batch]`, and its gradient with respect to the logits into `gradient`.
  ///
  /// - Throws: ``InputError`` as the losses, or where the gradient or its options do not fit.
  func lossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch,
    into losses: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<Layout>
  ) throws(InputError)

  /// Writes each sample's loss into `losses`, `[batch]`, and overwrites the logits with its gradient.
  ///
  /// - Throws: ``InputError`` as the losses, or where the weights do not fit; the logits are then unchanged.
  func lossesAndGradient<Element: LogitElement>(
    replacing logits: inout MutableSpan<Element>, layout: Layout, labels: LabelBatch,
    weights: [Double]?, into losses: inout MutableSpan<Double>, workspace: LossWorkspace?
  ) throws(InputError)

  /// Writes the product of each sample's Hessian and its part of `vector` into `product`.
  ///
  /// - Throws: ``InputError`` as the losses, or where the vector or the product does not fit.
  func hessianVectorProducts<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch, vector: Span<Element>,
    into product: inout MutableSpan<Element>, output: ProductOutput<Layout>
  ) throws(InputError)

  /// Writes each sample's Hessian, one sample after the other.
  ///
  /// - Throws: ``InputError`` as the losses, or where `hessians` has another number of elements.
  func hessians<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch,
    into hessians: inout MutableSpan<Element>, workspace: LossWorkspace?
  ) throws(InputError)

  /// Each sample's Hessian in a new array, one sample after the other.
  ///
  /// - Throws: ``InputError`` as the losses, or where the Hessians are too large.
  func hessians<Element: LogitElement>(
    _ logits: [Element], layout: Layout, labels: LabelBatch
  ) throws(InputError) -> [Element]

  /// The most probable alignment of each sample with its labels, `[batch]`.
  ///
  /// - Throws: ``InputError`` as the losses.
  func bestAlignments<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch
  ) throws(InputError) -> [Alignment]

  /// Independent draws from the posterior distribution of each sample's alignments, `[batch][count]`.
  ///
  /// - Throws: ``InputError`` as the losses, or where `count` is negative or too large.
  func sampledAlignments<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch, count: Int, seed: UInt64
  ) throws(InputError) -> [[Alignment]]

  /// The entropy, in nats, of the posterior distribution of each sample's alignments, `[batch]`.
  ///
  /// - Throws: ``InputError`` as the losses.
  func entropies<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch
  ) throws(InputError) -> [Double]

  /// Writes each utterance's expected risk into `values`.
  ///
  /// - Throws: ``InputError`` as the losses, or where hypotheses or options do not fit.
  func expectedRisks<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, hypotheses: HypothesisRisks, options: ExpectedRisk,
    into values: inout MutableSpan<Double>, workspace: LossWorkspace?
  ) throws(InputError)

  /// Writes each utterance's expected risk into `values`, and its gradient with respect to the logits into `gradient`.
  ///
  /// - Throws: ``InputError`` as the expected risks, or where the gradient or its options do not fit.
  func expectedRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, hypotheses: HypothesisRisks, options: ExpectedRisk,
    into values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<Layout>
  ) throws(InputError)

  /// Writes the product of the Hessian of each utterance's expected risk and its part of `vector` into `product`.
  ///
  /// - Throws: ``InputError`` as the expected risks, or where the vector or the product does not fit.
  func expectedRiskHessianVectorProducts<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, hypotheses: HypothesisRisks, options: ExpectedRisk,
    vector: Span<Element>, into product: inout MutableSpan<Element>,
    output: ProductOutput<Layout>
  ) throws(InputError)
}

extension CTCLoss: SequenceLoss {}

extension TransducerLoss: SequenceLoss {}
