import ArgumentParser
import Seq2SeqDecoding
import Seq2SeqLosses

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

  /// The phrases that whole tokens spell, which a spotter needs also where no token separates words.
  func apply(to phrases: [String], _ vocabulary: TokenVocabulary) -> [String] {
    guard skipUnspellable else { return phrases }
    return phrases.filter { phrase in
      do throws(InputError) {
        if try !vocabulary.tokens(of: phrase, folding: folding).isEmpty { return true }
        warn(phrase, Self.empty)
      } catch {
        warn(phrase, error.problem)
      }
      return false
    }
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
    var skipped: Set<Int> = []
    for (index, text) in texts.enumerated() where !text.isEmpty && folded[index].isEmpty {
      warn(text, Self.empty)
      skipped.insert(index)
    }
    for one in vocabulary.unspellable(folded, areWords: areWords) {
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
