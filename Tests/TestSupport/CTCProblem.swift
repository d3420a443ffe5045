/// How a token path collapses to labels.
package enum CollapseRule: Sendable, CaseIterable {
  /// Runs of the same token are merged, then blanks are removed: `a_bb_cc` is `abc`.
  case classic
  /// Blanks are removed and nothing is merged: `a_bb` is `abb`.
  case simplified
  /// Runs of the same token are merged, and every token is a label: `aabcc` is `abc`.
  case noBlank
}

/// The meaning of the scores of a ``CTCProblem``.
package enum ScoreContract: Sendable, CaseIterable {
  /// Numbers of any scale: each frame goes through a log-softmax first.
  case logits
  /// Log-probabilities, used as they are: frames need not sum to one.
  case logProbabilities
}

/// A sample and the kind of its loss, for ``CTCAutodiff``.
package struct CTCProblem: Sendable, CustomStringConvertible {
  /// `[frames, vocabulary]`, row-major; minus infinity is probability zero.
  package var scores: [Double]
  /// Number of frames, T.
  package var frames: Int
  /// Number of tokens including the blank, V.
  package var vocabulary: Int
  /// The label sequence that the paths must collapse to.
  package var labels: [Int]
  /// The index of the blank.
  package var blank: Int
  /// How paths collapse.
  package var rule: CollapseRule
  /// The meaning of the scores.
  package var contract: ScoreContract

  /// A problem. Every frame must have a token with a finite score, and no label may be the blank.
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
