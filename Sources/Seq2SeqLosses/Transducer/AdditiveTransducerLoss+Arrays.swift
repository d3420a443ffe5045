/// The array forms: arrays in, results returned in new arrays.
///
/// A returned gradient has as many elements as its logits, and their layout. Elements outside the layout are zero. Bad
/// input throws an ``InputError``, as in the span form of the same name.
extension AdditiveTransducerLoss {
  /// Each sample's loss, `[batch]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:into:workspace:)``.
  public func losses<Element: LogitElement>(
    _ encoder: Span<Element>, _ predictor: Span<Element>, layout: AdditiveLayout,
    labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try numbers(layout.batch) { (losses) throws(InputError) in
      try self.losses(encoder, predictor, layout: layout, labels: labels, into: &losses)
    }
  }

  /// Each sample's loss, `[batch]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:into:workspace:)``.
  public func losses<Element: LogitElement>(
    _ encoder: [Element], _ predictor: [Element], layout: AdditiveLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try encoder.withSpan { (encoder) throws(InputError) in
      try predictor.withSpan { (predictor) throws(InputError) in
        try losses(encoder, predictor, layout: layout, labels: labels)
      }
    }
  }

  /// Each sample's loss, `[batch]`, and the probabilities that a path leaves each node by a blank and by a label.
  ///
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:into:workspace:)``.
  public func lossesAndOccupancies<Element: LogitElement>(
    _ encoder: [Element], _ predictor: [Element], layout: AdditiveLayout, labels: LabelBatch
  ) throws(InputError) -> (losses: [Double], occupancies: TransducerOccupancies) {
    try encoder.withSpan { (encoder) throws(InputError) in
      try predictor.withSpan { (predictor) throws(InputError) in
        try lossesAndOccupancies(encoder, predictor, layout: layout, labels: labels)
      }
    }
  }

  /// Each sample's loss, `[batch]`, and the gradients by the encoder's and the predictor's rows, in their layouts.
  ///
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradients(_:_:layout:labels:into:encoderGradient:predictorGradient:workspace:)``.
  public func lossesAndGradients<Element: LogitElement>(
    _ encoder: [Element], _ predictor: [Element], layout: AdditiveLayout, labels: LabelBatch
  ) throws(InputError) -> (
    losses: [Double], encoderGradient: [Element], predictorGradient: [Element]
  ) {
    let (results, _) = try gradients(encoder, predictor, layout) {
      (encoder, predictor, losses, encoderGradient, predictorGradient) throws(InputError) in
      try lossesAndGradients(
        encoder, predictor, layout: layout, labels: labels, into: &losses,
        encoderGradient: &encoderGradient, predictorGradient: &predictorGradient)
    }
    return results
  }

  /// Losses, gradients and occupancies at once, for a training step that prunes.
  ///
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradients(_:_:layout:labels:into:encoderGradient:predictorGradient:workspace:)``.
  public func lossesGradientsAndOccupancies<Element: LogitElement>(
    _ encoder: [Element], _ predictor: [Element], layout: AdditiveLayout, labels: LabelBatch
  ) throws(InputError) -> (
    losses: [Double], encoderGradient: [Element], predictorGradient: [Element],
    occupancies: TransducerOccupancies
  ) {
    let (results, occupancies) = try gradients(encoder, predictor, layout) {
      (encoder, predictor, losses, encoderGradient, predictorGradient) throws(InputError) in
      try lossesGradientsAndOccupancies(
        encoder, predictor, layout: layout, labels: labels, into: &losses,
        encoderGradient: &encoderGradient, predictorGradient: &predictorGradient)
    }
    return (results.losses, results.encoderGradient, results.predictorGradient, occupancies)
  }

  /// New arrays of losses and gradients, which `body` writes, and what it returns.
  private func gradients<Element: LogitElement, Result>(
    _ encoder: [Element], _ predictor: [Element], _ layout: AdditiveLayout,
    _ body: (
      Span<Element>, Span<Element>, inout MutableSpan<Double>, inout MutableSpan<Element>,
      inout MutableSpan<Element>
    ) throws(InputError) -> Result
  ) throws(InputError) -> (
    (losses: [Double], encoderGradient: [Element], predictorGradient: [Element]), Result
  ) {
    var losses = [Double](repeating: 0, count: layout.batch)
    var encoderGradient: [Element] = zeros(encoder.count)
    var predictorGradient: [Element] = zeros(predictor.count)
    let result = try losses.withMutableSpan { (losses) throws(InputError) in
      try encoderGradient.withMutableSpan { (encoderGradient) throws(InputError) in
        try predictorGradient.withMutableSpan { (predictorGradient) throws(InputError) in
          try encoder.withSpan { (encoder) throws(InputError) in
            try predictor.withSpan { (predictor) throws(InputError) in
              try body(encoder, predictor, &losses, &encoderGradient, &predictorGradient)
            }
          }
        }
      }
    }
    return ((losses, encoderGradient, predictorGradient), result)
  }
}
