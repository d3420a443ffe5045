/// A function of all paths of a small sample, which are enumerated, with its gradient by
/// forward-mode differentiation.
package protocol PathFunction {
  /// The value, given the paths that collapse to the labels and the log-probabilities of each
  /// frame.
  func value<Scalar: DifferentiableScalar>(
    _ paths: [(tokens: [Int], logProbability: Scalar)], _ logProbabilities: [[Scalar]]
  ) -> Scalar
}

extension PathFunction {
  /// The value and its derivatives with respect to the scores, `[frames, vocabulary]`.
  package func valueAndGradient(_ problem: CTCProblem) -> (value: WideFloat, gradient: [WideFloat])
  {
    // Only the set of paths is needed, so all tokens have the same probability.
    let paths = CTCEnumeration(
      [WideFloat](repeating: 0, count: problem.scores.count), vocabulary: problem.vocabulary,
      labels: problem.labels, blank: problem.blank, rule: problem.rule
    ).paths.map(\.tokens)
    func value<Scalar: DifferentiableScalar>(at scores: [Scalar]) -> Scalar {
      let rows = (0..<problem.frames).map { frame -> [Scalar] in
        let row = Array(scores[frame * problem.vocabulary..<(frame + 1) * problem.vocabulary])
        guard problem.contract == .logits else { return row }
        let normalizer = row.map { $0.exponential() }.reduce(.zero, +).logarithm()
        return row.map { $0 - normalizer }
      }
      return self.value(
        paths.map { tokens in
          (tokens, tokens.indices.reduce(Scalar.zero) { $0 + rows[$1][tokens[$1]] })
        }, rows)
    }
    let gradient = problem.scores.indices.map { varied in
      value(
        at: problem.scores.enumerated().map {
          Dual(WideFloat($1), tangent: $0 == varied ? 1 : 0)
        }
      ).tangent
    }
    return (value(at: problem.scores.map { WideFloat($0) }), gradient)
  }
}
