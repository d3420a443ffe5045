import ArgumentParser
import Seq2SeqDecoding

/// The options that say how texts of people are spelled in tokens.
struct SpellingOptions: ParsableArguments {
  @Flag(
    help: """
      Spell texts as they are. Otherwise case, typographic punctuation and Unicode form make no difference where \
      the tokens cannot spell a word.
      """)
  var exactSpelling = false
  @Flag(help: "Leave out phrases and words that the tokens cannot spell, with a warning.")
  var skipUnspellable = false

  var folding: TextFolding { exactSpelling ? [] : .all }

  /// Phrases as the tokens can spell them.
  func apply(to phrases: PhraseBias, _ vocabulary: TokenVocabulary) -> PhraseBias {
    let folded = phrases.phrases.map { phrase in
      phrase.text.isEmpty
        ? phrase
        : PhraseBias.Phrase(vocabulary.folded(phrase.text, folding), boost: phrase.boost)
    }
    let skipped = skip(phrases.phrases.map(\.text), folded.map(\.text), vocabulary)
    return PhraseBias(folded.indices.filter { !skipped.contains($0) }.map { folded[$0] })
  }

  /// Phrases as the tokens can spell them.
  func apply(to phrases: [String], _ vocabulary: TokenVocabulary) -> [String] {
    let folded = phrases.map { vocabulary.folded($0, folding) }
    let skipped = skip(phrases, folded, vocabulary)
    return phrases.indices.filter { !skipped.contains($0) }.map { phrases[$0] }
  }

  /// A lexicon's words are spelled as they are: they are what is printed.
  func apply(to lexicon: Lexicon, _ vocabulary: TokenVocabulary) -> Lexicon {
    let skipped = skip(lexicon.words, lexicon.words, vocabulary, areWords: true)
    return skipped.isEmpty ? lexicon : lexicon.without(skipped)
  }

  private func skip(
    _ texts: [String], _ folded: [String], _ vocabulary: TokenVocabulary, areWords: Bool = false
  ) -> Set<Int> {
    guard skipUnspellable else { return [] }
    let unspellable = vocabulary.unspellable(folded, areWords: areWords)
    for one in unspellable {
      Seq2Seq.writeToStandardError("warning: \"\(texts[one.index])\" is left out: \(one.problem)")
    }
    return Set(unspellable.map(\.index))
  }
}
