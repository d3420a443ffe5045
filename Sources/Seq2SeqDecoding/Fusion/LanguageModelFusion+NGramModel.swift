import NGramModels

extension NGramModel: LanguageModel {}

extension LanguageModelFusion {
  /// An n-gram model of words or of tokens.
  ///
  /// Words and texts of tokens are looked up exactly as the model's file spells them, including
  /// case. The separator may be called `<space>`, `|` or `▁` there.
  public init(_ model: NGramModel, unit: Unit) {
    let unigrams = model.words.indices.map {
      model.score($0, after: model.emptyState).logProbability
    }
    self.init(
      model, unit: unit, elements: model.words, unknownElement: model.unknownIndex,
      elementScores: unigrams)
  }
}
