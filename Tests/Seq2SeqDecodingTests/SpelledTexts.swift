import Seq2SeqDecoding

/// Log-probabilities of a path, `[frames, count]`, that is sure of each of its tokens.
func sureRows(_ path: [Int], _ count: Int) -> [Double] {
  path.flatMap { token in (0..<count).map { $0 == token ? -0.01 : -8 } }
}

/// The text that a vocabulary spells a text as, token by token.
func spelled(
  _ text: String, _ texts: [String], _ folding: TextFolding = [],
  pieces: PieceMarks = .sentencePiece
) throws -> [String] {
  try TokenVocabulary(["_"] + texts, pieces: pieces).tokens(of: text, folding: folding)
    .map { (["_"] + texts)[$0] }
}
