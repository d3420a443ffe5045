import Seq2SeqDecoding

/// Log-probabilities of a path, `[frames, count]`, in which each of its tokens is very likely.
func sureRows(_ path: [Int], _ count: Int) -> [Double] {
  path.flatMap { token in (0..<count).map { $0 == token ? -0.01 : -8 } }
}

/// The texts of the tokens that spell a text.
func spelled(
  _ text: String, _ texts: [String], _ folding: TextFolding = [],
  pieces: PieceMarks = .sentencePiece
) throws -> [String] {
  try TokenVocabulary(["_"] + texts, pieces: pieces).tokens(of: text, folding: folding)
    .map { (["_"] + texts)[$0] }
}
