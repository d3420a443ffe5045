import NGramModels
import Seq2SeqDecoding
import TensorFiles

/// Reads words and phrases from text files.
extension TextFile {
  /// Reads a lexicon. Each line is a word, optionally followed by a tab and its tokens (texts or
  /// indices) separated by spaces.
  ///
  /// - Throws: ``TensorFileError`` that names the line, if only some lines have tokens, or if a
  ///   token is not in the vocabulary.
  package func lexicon(_ vocabulary: TokenVocabulary) throws(TensorFileError) -> Lexicon {
    var lines: [(number: Int, fields: [String])] = []
    for (number, line) in numberedLines { lines.append((number, try fields(of: line, number))) }
    guard lines.contains(where: { $0.fields.count > 1 }) else {
      return Lexicon(words: lines.map { $0.fields[0] })
    }
    // Compared by bytes: canonical equivalents are different tokens.
    var indices: [ExactText: Int] = [:]
    for token in 0..<vocabulary.count {
      indices[ExactText(vocabulary.texts?[token] ?? String(token))] = token
    }
    var entries: [Lexicon.Entry] = []
    for (number, line) in lines {
      guard line.count == 2 else {
        throw TensorFileError(path, "line \(number): \"\(line[0])\" has no tokens")
      }
      var tokens: [Int] = []
      // By scalars: a token may be a combining mark, which would form one `Character` with the
      // space before it.
      for text in line[1].unicodeScalars.split(separator: " ").map({ String($0) }) {
        guard let token = indices[ExactText(text)] else {
          throw TensorFileError(path, "line \(number): \"\(text)\" is not a token")
        }
        tokens.append(token)
      }
      entries.append(Lexicon.Entry(word: line[0], tokens: tokens))
    }
    return Lexicon(entries: entries)
  }

  /// Reads phrases. Each line is a phrase, optionally followed by a tab and its boost.
  ///
  /// - Throws: ``TensorFileError`` that names the line whose boost is not a number.
  package func phrases(boost: Double) throws(TensorFileError) -> PhraseBias {
    var phrases: [PhraseBias.Phrase] = []
    for (number, line) in numberedLines {
      let parts = try fields(of: line, number)
      guard parts.count == 2 else {
        if let last = line.unicodeScalars.split(separator: " ").last, last.first == ":",
          Double(String(last.dropFirst())) != nil
        {
          throw TensorFileError(
            path,
            "line \(number): \"\(String(last))\" looks like a boost, which a tab must separate")
        }
        phrases.append(PhraseBias.Phrase(parts[0], boost: boost))
        continue
      }
      guard let own = Double(parts[1]) else {
        throw TensorFileError(path, "line \(number): \"\(parts[1])\" is not a number")
      }
      phrases.append(PhraseBias.Phrase(parts[0], boost: own))
    }
    return PhraseBias(phrases)
  }

  /// The text before the first tab of a line and the text after it, if there is any.
  private func fields(of line: String, _ number: Int) throws(TensorFileError) -> [String] {
    let fields = line.unicodeScalars
      .split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
    if fields.count > 1 && fields[0].allSatisfy(\.isWhitespace) {
      throw TensorFileError(path, "line \(number): there is nothing before the tab")
    }
    return fields.last?.isEmpty == true ? [fields[0]] : fields
  }
}
