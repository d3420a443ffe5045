/// The losses of arrays as new arrays: the span methods without the buffers.
///
/// A returned gradient has as many elements as the logits and their layout; elements that the layout
/// does not name are 0.
extension CTCLoss {
  /// Each sample's loss, `[batch]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func losses<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    var losses = [Double](repeating: 0, count: layout.batch)
    var span = losses.mutableSpan
    try self.losses(logits, layout: layout, labels: labels, into: &span)
    return losses
  }

  /// Each sample's loss, `[batch]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func losses<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try losses(logits.span, layout: layout, labels: labels)
  }

  /// Each sample's loss, `[batch]`, and the gradient in the layout of the logits, times the samples'
  /// `weights` if there are any.
  ///
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``.
  public func lossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, weights: [Double]? = nil
  ) throws(InputError) -> (losses: [Double], gradient: [Element]) {
    var losses = [Double](repeating: 0, count: layout.batch)
    // Where the layout names every element, all of them are written, or none is seen.
    let isDense = layout.batch * layout.time * layout.vocabulary == logits.count
    var gradient = isDense ? unwritten(logits.count) : zeros(like: logits)
    var lossSpan = losses.mutableSpan
    var gradientSpan = gradient.mutableSpan
    try lossesAndGradient(
      logits.span, layout: layout, labels: labels, weights: weights, losses: &lossSpan,
      gradient: &gradientSpan)
    return (losses, gradient)
  }

  /// The batch's losses reduced to one number.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func loss<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, reduction: LossReduction
  ) throws(InputError) -> Double {
    try loss(logits.span, layout: layout, labels: labels, reduction: reduction)
  }

  /// The reduced loss and its gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``.
  public func lossAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, reduction: LossReduction
  ) throws(InputError) -> (loss: Double, gradient: [Element]) {
    var gradient = zeros(like: logits)
    var span = gradient.mutableSpan
    let loss = try lossAndGradient(
      logits.span, layout: layout, labels: labels, reduction: reduction, gradient: &span)
    return (loss, gradient)
  }

  /// `count` elements of no known value, for a function that writes each or throws.
  private func unwritten<Element: LogitElement>(_ count: Int) -> [Element] {
    [Element](count: count) { _ in }
  }

  /// As many zeros as `array` has elements.
  func zeros<Element: LogitElement>(like array: [Element]) -> [Element] { zeros(array.count) }

  /// `count` zeros.
  func zeros<Element: LogitElement>(_ count: Int) -> [Element] {
    let zero = Element(nearest: 0)
    guard withUnsafeBytes(of: zero, { $0.allSatisfy { $0 == 0 } }) else {
      return [Element](repeating: zero, count: count)
    }
    // Filling byte by byte: a loop over a type unknown here costs a call for each element.
    return [Element](count: count) { buffer in
      UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 0)
    }
  }
}
