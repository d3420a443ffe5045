/// Utterances' hypotheses as samples of one batch, each with its own loss. ``RiskDistribution`` combines the losses.
struct HypothesisLists {
  /// All hypotheses, one utterance after the other.
  let labels: LabelBatch
  private let lists: [Range<Int>]
  private let risks: [[Double]]
  private let options: ExpectedRisk
  /// The sample of each utterance's reference, if its loss is needed.
  private let references: [Int?]

  var count: Int { lists.count }

  init(
    _ hypotheses: HypothesisRisks, _ options: ExpectedRisk, samples: Int
  ) throws(InputError) {
    try options.check(hasReferences: hypotheses.references != nil)
    var lists: [Range<Int>] = []
    var sequences: [[Int]] = []
    var references: [Int?] = []
    for (utterance, list) in hypotheses.hypotheses.enumerated() {
      let first = sequences.count
      sequences += (0..<list.count).map { Array(list[$0]) }
      lists.append(first..<sequences.count)
      guard options.referenceWeight > 0, let reference = hypotheses.references?[utterance] else {
        references.append(nil)
        continue
      }
      guard let place = sequences[first...].firstIndex(where: { $0[...] == reference }) else {
        throw InputError("references", sample: utterance, "not among the hypotheses")
      }
      references.append(place)
    }
    guard sequences.count == samples else {
      throw InputError(
        "hypotheses", "\(sequences.count) distinct ones for \(samples) samples of logits")
    }
    labels = LabelBatch(sequences)
    self.lists = lists
    self.references = references
    self.options = options
    risks = hypotheses.risks
  }

  private func distribution(_ losses: [Double], _ utterance: Int) -> RiskDistribution {
    RiskDistribution(
      losses: Array(losses[lists[utterance]]), risks: risks[utterance],
      scoreScale: options.scoreScale)
  }

  private func isInvalid(_ losses: [Double], _ utterance: Int) -> Bool {
    losses[lists[utterance]].contains(where: \.isNaN)
  }

  /// Each utterance's value.
  func values(_ losses: [Double]) -> [Double] {
    lists.indices.map { utterance in
      if isInvalid(losses, utterance) { return .nan }
      var value = distribution(losses, utterance).mean
      let risks = risks[utterance]
      if options.baseline == .mean, !risks.isEmpty {
        value -= risks.reduce(0, +) / Double(risks.count)
      }
      if let reference = references[utterance] {
        value += options.referenceWeight * losses[reference]
      }
      return value
    }
  }

  /// The derivative of the weighted sum of the values with respect to each hypothesis's loss.
  func slopes(_ losses: [Double], weights: [Double]?) -> [Double] {
    fill(losses) { utterance, slopes in
      let distribution = distribution(losses, utterance)
      for (index, weight) in distribution.weights.enumerated() {
        slopes[lists[utterance].lowerBound + index] = -options.scoreScale * weight
      }
      if let reference = references[utterance], losses[reference] < .infinity {
        slopes[reference] += options.referenceWeight
      }
      if let weights {
        for sample in lists[utterance] { slopes[sample] *= weights[utterance] }
      }
    }
  }

  /// How these derivatives change if each loss changes by `changes[n]`.
  func slopeTangents(_ losses: [Double], along changes: [Double]) -> [Double] {
    fill(losses) { utterance, tangents in
      let distribution = distribution(losses, utterance)
      guard !distribution.probabilities.isEmpty else { return }
      let list = lists[utterance]
      let parts = distribution.weightTangents(along: changes[list].map { -$0 })
      for (index, part) in parts.enumerated() {
        tangents[list.lowerBound + index] = -options.scoreScale * part
      }
    }
  }

  /// Numbers for all hypotheses: NaN for those of an invalid utterance.
  private func fill(
    _ losses: [Double], _ body: (_ utterance: Int, _ numbers: inout [Double]) -> Void
  ) -> [Double] {
    var numbers = [Double](repeating: 0, count: losses.count)
    for utterance in lists.indices {
      if isInvalid(losses, utterance) {
        for sample in lists[utterance] { numbers[sample] = .nan }
      } else {
        body(utterance, &numbers)
      }
    }
    return numbers
  }
}
