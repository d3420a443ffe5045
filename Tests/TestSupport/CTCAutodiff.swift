/// Exact first and second derivatives of small CTC losses by forward-mode differentiation.
///
/// The recursion is a third formulation, independent of ``CTCEnumeration`` and ``CTCOracle``. It
/// sums probabilities rather than logarithms, so a probability of zero is an ordinary number.
/// Inputs must be short enough that the likelihood does not underflow.
package struct CTCAutodiff: Sendable {
  private let problem: CTCProblem

  /// An oracle for `problem`. Results are computed on demand.
  package init(_ problem: CTCProblem) {
    self.problem = problem
  }

  /// The negative log-likelihood of the labels; infinite if no path collapses to them.
  package var loss: WideFloat {
    loss(at: problem.scores.map { WideFloat($0) }) ?? .infinity
  }

  /// `[frames, vocabulary]`: the derivatives of the loss with respect to the scores, one pass for
  /// each. All are zero if no path collapses to the labels.
  package var gradient: [WideFloat] {
    problem.scores.indices.map { varied in
      let scores = problem.scores.enumerated().map { index, score in
        Dual(WideFloat(score), tangent: index == varied ? 1 : 0)
      }
      return loss(at: scores)?.tangent ?? 0
    }
  }

  /// `[frames, vocabulary, frames, vocabulary]`: the second derivatives of the loss with respect to
  /// the scores. All are zero if no path collapses to the labels.
  package var hessian: [WideFloat] {
    problem.scores.indices.flatMap { varied in
      var direction = [Double](repeating: 0, count: problem.scores.count)
      direction[varied] = 1
      return hessianVectorProduct(direction)
    }
  }

  /// `[frames, vocabulary]`: the Hessian times `direction`, one pass for each score.
  package func hessianVectorProduct(_ direction: [Double]) -> [WideFloat] {
    problem.scores.indices.map { varied in
      let scores = problem.scores.enumerated().map { index, score in
        Dual(
          Dual(WideFloat(score), tangent: index == varied ? 1 : 0),
          tangent: Dual(WideFloat(direction[index]), tangent: 0))
      }
      return loss(at: scores)?.tangent.tangent ?? 0
    }
  }

  /// The loss with the derivatives that the scores carry; nil if the likelihood is zero.
  func loss<Scalar: DifferentiableScalar>(at scores: [Scalar]) -> Scalar? {
    let rows = (0..<problem.frames).map { frame in
      probabilities(
        of: Array(scores[frame * problem.vocabulary..<(frame + 1) * problem.vocabulary]))
    }
    let likelihood =
      switch problem.rule {
      case .classic: classicLikelihood(rows)
      case .simplified: simplifiedLikelihood(rows)
      case .noBlank: likelihoodWithoutBlank(rows)
      }
    return likelihood.primal > 0 ? .zero - likelihood.logarithm() : nil
  }

  /// The probabilities of the tokens in one frame.
  private func probabilities<Scalar: DifferentiableScalar>(of scores: [Scalar]) -> [Scalar] {
    guard problem.contract == .logits else { return scores.map { $0.exponential() } }
    // A shift does not change the softmax or its derivatives, so it may be a constant.
    let shift = Scalar(constant: scores.map(\.primal).max() ?? 0)
    let powers = scores.map { ($0 - shift).exponential() }
    let sum = powers.reduce(.zero, +)
    return powers.map { $0 / sum }
  }

  /// The likelihood of the labels by prefixes: for each number of labels emitted so far, the
  /// probability that the last frame was that label and the probability that it was a blank.
  private func classicLikelihood<Scalar: DifferentiableScalar>(_ rows: [[Scalar]]) -> Scalar {
    let labels = problem.labels
    var endingInLabel = [Scalar](repeating: .zero, count: labels.count + 1)
    var endingInBlank = endingInLabel
    // The path without frames has emitted nothing, and may continue like a path after a blank.
    endingInBlank[0] = Scalar(constant: 1)
    for probabilities in rows {
      let (oldLabel, oldBlank) = (endingInLabel, endingInBlank)
      for emitted in 0...labels.count {
        endingInBlank[emitted] =
          (oldLabel[emitted] + oldBlank[emitted]) * probabilities[problem.blank]
        guard emitted > 0 else { continue }
        let label = labels[emitted - 1]
        var sources = oldLabel[emitted] + oldBlank[emitted - 1]
        // Directly from the previous label, unless the two would merge.
        if emitted > 1, labels[emitted - 2] != label {
          sources = sources + oldLabel[emitted - 1]
        }
        endingInLabel[emitted] = sources * probabilities[label]
      }
    }
    return endingInLabel[labels.count] + endingInBlank[labels.count]
  }

  /// The likelihood of the labels if each frame emits the blank or the next label.
  private func simplifiedLikelihood<Scalar: DifferentiableScalar>(_ rows: [[Scalar]]) -> Scalar {
    let labels = problem.labels
    var likelihoods = [Scalar](repeating: .zero, count: labels.count + 1)
    likelihoods[0] = Scalar(constant: 1)
    for probabilities in rows {
      // From the last state down, so that the state below still holds the previous frame's value.
      for emitted in (0...labels.count).reversed() {
        likelihoods[emitted] = likelihoods[emitted] * probabilities[problem.blank]
        guard emitted > 0 else { continue }
        likelihoods[emitted] =
          likelihoods[emitted] + likelihoods[emitted - 1] * probabilities[labels[emitted - 1]]
      }
    }
    return likelihoods[labels.count]
  }

  /// The likelihood of the labels if each frame repeats the last label or emits the next one, which
  /// must differ.
  private func likelihoodWithoutBlank<Scalar: DifferentiableScalar>(_ rows: [[Scalar]]) -> Scalar {
    let labels = problem.labels
    var likelihoods = [Scalar](repeating: .zero, count: labels.count + 1)
    likelihoods[0] = Scalar(constant: 1)
    for probabilities in rows {
      for emitted in (0...labels.count).reversed() {
        guard emitted > 0 else {
          // Every frame emits a label.
          likelihoods[0] = .zero
          continue
        }
        let label = labels[emitted - 1]
        var sources = likelihoods[emitted]
        if emitted == 1 || labels[emitted - 2] != label {
          sources = sources + likelihoods[emitted - 1]
        }
        likelihoods[emitted] = sources * probabilities[label]
      }
    }
    return likelihoods[labels.count]
  }
}
