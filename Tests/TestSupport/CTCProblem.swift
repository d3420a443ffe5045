/// How a token path collapses to labels.
package enum CollapseRule: Sendable, CaseIterable {
  /// Runs of the same token are merged, then blanks are removed: `a_bb_cc` is `abc`.
  case classic
  /// Blanks are removed and nothing is merged: `a_bb` is `abb`.
  case simplified
  /// Runs of the same token are merged, and every token is a label: `aabcc` is `abc`.
  case noBlank
}

/// What the scores of a ``CTCProblem`` are.
package enum ScoreContract: Sendable, CaseIterable {
  /// Numbers of any scale: each frame goes through a log-softmax first.
  case logits
  /// Logarithms of probabilities, taken as they are: frames need not sum to one.
  case logProbabilities
}

/// One loss to compute, for ``CTCAutodiff``.
package struct CTCProblem: Sendable, CustomStringConvertible {
  /// `[frames, vocabulary]`, row-major; minus infinity is probability zero.
  package var scores: [Double]
  /// Number of frames, T.
  package var frames: Int
  /// Number of tokens including the blank, V.
  package var vocabulary: Int
  /// The label sequence that the paths have to collapse to.
  package var labels: [Int]
  /// The token that stands for no label.
  package var blank: Int
  /// How paths collapse.
  package var rule: CollapseRule
  /// What the scores are.
  package var contract: ScoreContract

  /// A problem; every frame must have a token of finite score, and no label may be the blank.
  package init(
    scores: [Double], frames: Int, vocabulary: Int, labels: [Int], blank: Int,
    rule: CollapseRule = .classic, contract: ScoreContract = .logits
  ) {
    precondition(scores.count == frames * vocabulary, "scores must be [frames, vocabulary]")
    precondition((0..<vocabulary).contains(blank), "the blank must be a token")
    precondition(
      labels.allSatisfy { (0..<vocabulary).contains($0) && (rule == .noBlank || $0 != blank) },
      "labels must be tokens other than the blank")
    self.scores = scores
    self.frames = frames
    self.vocabulary = vocabulary
    self.labels = labels
    self.blank = blank
    self.rule = rule
    self.contract = contract
  }

  /// The parameters without the scores, for test reports.
  package var description: String {
    "\(rule) \(contract), \(frames) × \(vocabulary), labels \(labels), blank \(blank)"
  }
}
