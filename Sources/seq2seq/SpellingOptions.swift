import ArgumentParser
import Seq2SeqDecoding
import Seq2SeqLosses

/// The options that say how texts of people are spelled in tokens.
struct SpellingOptions: ParsableArguments {
  @Flag(
    help: """
      Spell phrases as they are. Otherwise case, typographic punctuation and Unicode form make no difference where \
      the tokens cannot spell a word, and punctuation that no token has is left out.
      """)
  var exactSpelling = false
  @Flag(
    help:
      "Leave out phrases and words that the tokens cannot spell, or that are empty, with a warning."
  )
  var skipUnspellable = false

  var folding: TextFolding { exactSpelling ? [] : .all }

  /// Phrases as the tokens can spell them, with the numbers of their lines.
  func apply(
    to phrases: PhraseBias, lines: [Int], _ vocabulary: TokenVocabulary
  ) -> (phrases: PhraseBias, lines: [Int]) {
    let texts = phrases.phrases.map(\.text)
    let folded = vocabulary.folded(texts, folding)
    let skipped = skip(texts, folded, vocabulary)
    let kept = texts.indices.filter { !skipped.contains($0) }
    return (
      PhraseBias(
        kept.map {
          // An error names a phrase that nothing is left of.
          PhraseBias.Phrase(
            folded[$0].isEmpty ? texts[$0] : folded[$0], boost: phrases.phrases[$0].boost)
        }), kept.map { lines[$0] }
    )
  }

  /// The phrases that whole tokens spell, which a spotter needs also where no token separates words; with their lines.
  func apply(
    to phrases: [(number: Int, text: String)], _ vocabulary: TokenVocabulary
  ) -> [(number: Int, text: String)] {
    guard skipUnspellable else { return phrases }
    let spelled = vocabulary.tokens(ofEach: phrases.map(\.text), folding: folding)
    return zip(phrases, spelled).compactMap { phrase, tokens in
      switch tokens {
      case .success([]): warn(phrase.text, Self.empty)
      case .success: return phrase
      case .failure(let error): warn(phrase.text, error.problem)
      }
      return nil
    }
  }

  /// A lexicon's words are spelled as they are: they are what is printed. With the numbers of their lines.
  func apply(
    to lexicon: Lexicon, lines: [Int], _ vocabulary: TokenVocabulary
  ) -> (lexicon: Lexicon, lines: [Int]) {
    guard skipUnspellable else { return (lexicon, lines) }
    let unspellable = lexicon.unspellable(vocabulary)
    for word in unspellable { warn(word.text, word.problem) }
    let skipped = Set(unspellable.map(\.index))
    return (
      lexicon.without(skipped), lines.indices.filter { !skipped.contains($0) }.map { lines[$0] }
    )
  }

  private func skip(
    _ texts: [String], _ folded: [String], _ vocabulary: TokenVocabulary
  ) -> Set<Int> {
    guard skipUnspellable else { return [] }
    var skipped: Set<Int> = []
    for (index, text) in texts.enumerated() where !text.isEmpty && folded[index].isEmpty {
      warn(text, Self.empty)
      skipped.insert(index)
    }
    for one in vocabulary.unspellable(folded) where !skipped.contains(one.index) {
      warn(texts[one.index], one.problem)
      skipped.insert(one.index)
    }
    return skipped
  }

  private static let empty = "no token has any of it"

  private func warn(_ text: String, _ problem: String) {
    Seq2Seq.writeToStandardError("warning: \"\(text)\" is left out: \(problem)")
  }
}
