import NGramModels
import Seq2SeqDecoding

/// The options of a search, from a fuzzer's input.
extension FuzzedBytes {
  /// A few tokens: letters of one and more bytes, pieces, separators, or tokens without texts.
  public mutating func vocabulary() -> TokenVocabulary? {
    let count = number(in: 1...8)
    let blank = number(below: 8)
    if number(below: 4) == 0 { return try? TokenVocabulary(count: count, blank: blank) }
    let texts = (0..<count).map { _ in flag() ? word(below: 3) : text(below: 4) }
    return try? TokenVocabulary(
      texts, blank: blank, wordSeparator: choice([" ", " ", "", "|", "\u{2581}"]))
  }

  /// Words that are spelled by their characters or by any tokens, including homophones and
  /// separators at the ends.
  public mutating func lexicon(_ words: [String]) -> Lexicon? {
    switch number(below: 3) {
    case 0: return Lexicon(words: words)
    case 1:
      return Lexicon(
        entries: words.map { word in
          .init(word: word, tokens: (0..<number(below: 4)).map { _ in number(in: 0...9) - 1 })
        })
    default: return nil
    }
  }

  /// Preferred phrases, some with boosts beyond the allowed range.
  public mutating func phrases(_ words: [String]) -> PhraseBias? {
    guard flag() else { return nil }
    return PhraseBias(
      words.map { word in
        flag()
          ? PhraseBias.Phrase(word, boost: logit())
          : PhraseBias.Phrase(
            tokens: (0..<number(below: 4)).map { _ in number(in: 0...9) - 1 }, boost: logit())
      })
  }

  /// An n-gram model of order 1 or 2 over some of the words or tokens, or a text that is not a
  /// model.
  public mutating func languageModel(_ words: [String]) -> LanguageModelFusion? {
    let unit = number(below: 3)
    guard unit > 0 else { return nil }
    let elements = ["<unk>", "<s>", "</s>"] + words
    let order = number(in: 1...2)
    let unigrams = elements.map { "\(weight(0))\t\($0)\t\(weight(64))\n" }
    let bigrams = (0..<number(below: 6)).map { _ in
      "\(weight(0))\t\(choice(elements)) \(choice(elements))\n"
    }
    var arpa = "\\data\\\nngram 1=\(unigrams.count)\n"
    if order == 2 { arpa += "ngram 2=\(bigrams.count)\n" }
    arpa += "\\1-grams:\n" + unigrams.joined()
    if order == 2 { arpa += "\\2-grams:\n" + bigrams.joined() }
    guard let model = try? NGramModel(arpa: Array((arpa + "\\end\\\n").utf8)) else { return nil }
    var fusion = LanguageModelFusion(model, unit: unit == 1 ? .word : .token)
    fusion.weight = choice([0.5, 0, 1, 100, 1e300])
    fusion.insertionBonus = flag() ? 0 : logit()
    fusion.unknownPenalty = flag() ? -10 : logit()
    fusion.looksAhead = flag()
    return fusion
  }

  /// A logarithm to base 10 for a model's file.
  private mutating func weight(_ above: Int) -> String {
    let byte = Int(byte())
    return byte == 0 ? choice(["-inf", "-99", "-3e38", "0"]) : String(Double(above - byte) / 64)
  }

  /// A width or a number of hypotheses; usually small.
  public mutating func width() -> Int { number(below: 24) }

  /// A threshold in nats.
  public mutating func threshold() -> Double {
    let byte = number(below: 64)
    return byte == 63 ? .infinity : byte == 62 ? logit() : Double(byte)
  }
}
