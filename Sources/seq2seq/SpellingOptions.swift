import ArgumentParser
import Seq2SeqDecoding
import Seq2SeqLosses

/// The options for spelling texts with tokens.
struct SpellingOptions: ParsableArguments {
  @Flag(
    help: """
      Spell phrases exactly. Otherwise, in words that the tokens cannot spell, differences of case, typographic \
      punctuation and Unicode form are ignored, and punctuation that no token has is omitted.
      """)
  var exactSpelling = false
  @Flag(
    help:
      "Omit phrases and words that the tokens cannot spell, or that are empty, with a warning."
  )
  var skipUnspellable = false

  var folding: TextFolding { exactSpelling ? [] : .all }

  /// The phrases in a form that the tokens can spell, and their line numbers.
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
          // Keeps the original text if folding leaves nothing of it, so that an error can name the
          // phrase.
          PhraseBias.Phrase(
            folded[$0].isEmpty ? texts[$0] : folded[$0], boost: phrases.phrases[$0].boost)
        }), kept.map { lines[$0] }
    )
  }

  /// The phrases that whole tokens can spell, and their line numbers. A spotter needs whole tokens
  /// even if no token separates words.
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

  /// The words of a lexicon, unchanged, because they are the output, and their line numbers.
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
