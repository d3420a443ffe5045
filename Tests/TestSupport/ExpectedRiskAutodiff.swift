/// The expected risk of hypotheses by its definition, and its derivatives by forward-mode
/// differentiation.
///
/// The probability of each hypothesis is that of ``CTCAutodiff``, without any simplification.
package struct ExpectedRiskAutodiff {
  private let problem: CTCProblem
  private let hypotheses: [[Int]]
  private let risks: [Double]
  private let scoreScale: Double
  private let baseline: Double
  private let reference: (labels: [Int], weight: Double)?

  /// `problem` describes the sample; its labels are replaced by the hypotheses.
  package init(
    _ problem: CTCProblem, hypotheses: [[Int]], risks: [Double], scoreScale: Double = 1,
    subtractsMean: Bool = false, reference: (labels: [Int], weight: Double)? = nil
  ) {
    self.problem = problem
    self.hypotheses = hypotheses
    self.risks = risks
    self.scoreScale = scoreScale
    baseline = subtractsMean ? risks.reduce(0, +) / Double(risks.count) : 0
    self.reference = reference
  }

  /// The value.
  package var value: WideFloat { value(at: problem.scores.map { WideFloat($0) }) }

  /// `[frames, vocabulary]`, one pass for each score.
  package var gradient: [WideFloat] {
    problem.scores.indices.map { varied in
      value(
        at: problem.scores.enumerated().map { index, score in
          Dual(WideFloat(score), tangent: index == varied ? 1 : 0)
        }
      ).tangent
    }
  }

  /// `[frames, vocabulary]`: the Hessian times `direction`.
  package func hessianVectorProduct(_ direction: [Double]) -> [WideFloat] {
    problem.scores.indices.map { varied in
      value(
        at: problem.scores.enumerated().map { index, score in
          Dual(
            Dual(WideFloat(score), tangent: index == varied ? 1 : 0),
            tangent: Dual(WideFloat(direction[index]), tangent: 0))
        }
      ).tangent.tangent
    }
  }

  private func value<Scalar: DifferentiableScalar>(at scores: [Scalar]) -> Scalar {
    var total = Scalar.zero
    var sum = Scalar.zero
    for (labels, risk) in zip(hypotheses, risks) {
      guard let loss = loss(of: labels, at: scores) else { continue }
      let share = (Scalar(constant: WideFloat(-scoreScale)) * loss).exponential()
      total = total + share
      sum = sum + Scalar(constant: WideFloat(risk - baseline)) * share
    }
    let value = sum / total
    guard let reference, let loss = loss(of: reference.labels, at: scores) else { return value }
    return value + Scalar(constant: WideFloat(reference.weight)) * loss
  }

  private func loss<Scalar: DifferentiableScalar>(of labels: [Int], at scores: [Scalar]) -> Scalar?
  {
    var problem = problem
    problem.labels = labels
    return CTCAutodiff(problem).loss(at: scores)
  }
}
