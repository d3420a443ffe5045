import NGramModels
import Seq2SeqDecoding
import TensorFiles

/// Words and phrases in text files.
extension TextFile {
  /// Lines of a word, or of a word, a tab, and its tokens between spaces: their texts or indices.
  ///
  /// - Throws: ``TensorFileError`` naming the line, where some lines have tokens and one has none, or a token is
  ///   not in the vocabulary.
  package func lexicon(_ vocabulary: TokenVocabulary) throws(TensorFileError) -> Lexicon {
    var lines: [(number: Int, fields: [String])] = []
    for (number, line) in numberedLines { lines.append((number, try fields(of: line, number))) }
    guard lines.contains(where: { $0.fields.count > 1 }) else {
      return Lexicon(words: lines.map { $0.fields[0] })
    }
    // By bytes: canonical equivalents are different tokens.
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
      // By scalars: a token may be a mark, which a space would be a character with.
      for text in line[1].unicodeScalars.split(separator: " ").map({ String($0) }) {
        guard let token = indices[ExactText(text)] else {
          throw TensorFileError(path, "line \(number): \"\(text)\" is no token")
        }
        tokens.append(token)
      }
      entries.append(Lexicon.Entry(word: line[0], tokens: tokens))
    }
    return Lexicon(entries: entries)
  }

  /// Lines of a phrase, or of a phrase, a tab, and its boost.
  ///
  /// - Throws: ``TensorFileError`` naming the line whose boost is no number.
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
            "line \(number): \"\(String(last))\" looks like a boost, which a tab separates")
        }
        phrases.append(PhraseBias.Phrase(parts[0], boost: boost))
        continue
      }
      guard let own = Double(parts[1]) else {
        throw TensorFileError(path, "line \(number): \"\(parts[1])\" is no number")
      }
      phrases.append(PhraseBias.Phrase(parts[0], boost: own))
    }
    return PhraseBias(phrases)
  }

  /// What is before the first tab of a line and, where there is anything, behind it.
  private func fields(of line: String, _ number: Int) throws(TensorFileError) -> [String] {
    let fields = line.unicodeScalars
      .split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
    if fields.count > 1 && fields[0].allSatisfy(\.isWhitespace) {
      throw TensorFileError(path, "line \(number): nothing is before the tab")
    }
    return fields.last?.isEmpty == true ? [fields[0]] : fields
  }
}
