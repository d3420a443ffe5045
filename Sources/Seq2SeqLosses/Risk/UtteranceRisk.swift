/// What one utterance's hypotheses and risks make of its logits, in the columns that the hypotheses use.
protocol UtteranceDerivatives {
  /// The vocabulary index of each column.
  var tokens: [Int32] { get }
  /// The value, without what the reference adds.
  func value(_ workspace: CTCWorkspace) -> Double
  /// The value, and its derivative, `[frames, columns]`: zeros where no hypothesis is possible.
  func valueAndGradient(_ workspace: CTCWorkspace) -> (value: Double, gradient: [Double])
  /// The product of the Hessian, `[frames, columns]`, and a sample's direction.
  func hessianVectorProduct<Source: LogitElement>(
    _ workspace: CTCWorkspace, along direction: StridedBuffer<Source>, _ sample: Int
  ) -> [Double]
}

/// The same, computed in one of the kernels' types.
struct UtteranceRisk<Element: LogitElement>: UtteranceDerivatives {
  let columns: HypothesisColumns<Element>
  let risks: [Double]
  let options: ExpectedRisk

  var tokens: [Int32] { columns.tokens }

  func value(_ workspace: CTCWorkspace) -> Double {
    value(distribution(columns.sequences.map { columns.loss($0, workspace) }))
  }

  func valueAndGradient(_ workspace: CTCWorkspace) -> (value: Double, gradient: [Double]) {
    let distribution = distribution(columns.sequences.map { columns.loss($0, workspace) })
    var gradient = [Double](repeating: 0, count: columns.count)
    for (sequence, weight) in distribution.weights.enumerated() {
      columns.addGradient(
        sequence, workspace, times: options.scoreScale * weight, to: &gradient)
    }
    return (value(distribution), gradient)
  }

  func hessianVectorProduct<Source: LogitElement>(
    _ workspace: CTCWorkspace, along direction: StridedBuffer<Source>, _ sample: Int
  ) -> [Double] {
    // The derivative of a weighted sum of gradients: the weights change, and so do the gradients.
    let direction = columns.columns(of: direction, sample)
    let first = columns.sequences.map {
      columns.lossAndSlope($0, workspace, along: direction)
    }
    let distribution = distribution(first.map(\.loss))
    let changes = distribution.weightTangents(along: first.map(\.slope))
    var product = [Double](repeating: 0, count: columns.count)
    for (sequence, weight) in distribution.weights.enumerated() {
      columns.addGradient(
        sequence, workspace, times: options.scoreScale * changes[sequence], to: &product)
      columns.addProduct(
        sequence, workspace, along: direction, times: options.scoreScale * weight, to: &product)
    }
    return product
  }

  private func distribution(_ losses: [Double]) -> RiskDistribution {
    RiskDistribution(losses: losses, risks: risks, scoreScale: options.scoreScale)
  }

  private func value(_ distribution: RiskDistribution) -> Double {
    switch options.baseline {
    case .none: distribution.mean
    case .mean:
      distribution.mean - (risks.isEmpty ? 0 : risks.reduce(0, +) / Double(risks.count))
    }
  }
}
