import Seq2SeqDecoding
import TensorFiles

/// Words and phrases in text files.
enum WordLists {
  /// Lines of a word, or of a word, a tab, and its tokens between spaces: their texts or indices.
  static func lexicon(_ path: String, _ vocabulary: TokenVocabulary) throws -> Lexicon {
    let lines = try TextFile.lines(path).map {
      $0.split(separator: "\t", maxSplits: 1).map(String.init)
    }
    guard lines.contains(where: { $0.count > 1 }) else {
      return Lexicon(words: lines.map { $0[0] })
    }
    var indices: [String: Int] = [:]
    for token in 0..<vocabulary.count {
      indices[vocabulary.texts?[token] ?? String(token)] = token
    }
    return Lexicon(
      entries: try lines.enumerated().map { number, line in
        guard line.count == 2 else {
          throw TensorFileError(path, "entry \(number + 1), \"\(line[0])\", has no tokens")
        }
        let tokens = try line[1].split(separator: " ").map { text in
          guard let token = indices[String(text)] else {
            throw TensorFileError(path, "entry \(number + 1): \"\(text)\" is no token")
          }
          return token
        }
        return Lexicon.Entry(word: line[0], tokens: tokens)
      })
  }

  /// Lines of a phrase, or of a phrase, a tab, and its boost.
  static func phrases(_ path: String, boost: Double) throws -> PhraseBias {
    PhraseBias(
      try TextFile.lines(path).enumerated().map { number, line in
        let parts = line.split(separator: "\t", maxSplits: 1)
        guard parts.count == 2 else { return PhraseBias.Phrase(line, boost: boost) }
        guard let own = Double(parts[1]) else {
          throw TensorFileError(path, "entry \(number + 1): \"\(parts[1])\" is no number")
        }
        return PhraseBias.Phrase(String(parts[0]), boost: own)
      })
  }
}
