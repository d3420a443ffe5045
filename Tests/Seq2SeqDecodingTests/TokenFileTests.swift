import Seq2SeqDecoding
import Seq2SeqLosses
import Testing

/// Token files as toolkits write them.
struct TokenFileTests {
  @Test func lists() throws {
    let file = try TokenFile("-\n|\nE\nT\n")
    #expect(file.texts == ["-", "|", "E", "T"])
    #expect(file.blank == nil)
    #expect(file.wordSeparator == "|")
    // A space is a token; an empty line at the end is not.
    #expect(try TokenFile("\u{FEFF}_\r\n \r\na\r\n\r\n").texts == ["_", " ", "a"])
    #expect(try TokenFile("_\n \na\n|\n").wordSeparator == " ")
  }

  @Test func indices() throws {
    // icefall's lang_bpe, and its disambiguation symbols, which the model does not emit.
    let text = "<blk> 0\n<sos/eos> 1\n<unk> 2\nS 3\n\u{2581}THE 4\n#0 5\n#1 6\n"
    #expect(try TokenFile(text).texts.count == 7)
    let file = try TokenFile(text, count: 5)
    #expect(file.texts == ["<blk>", "<sos/eos>", "<unk>", "S", "\u{2581}THE"])
    #expect(file.blank == 0)
    #expect(file.wordSeparator == " ")
    // In any order, with tabs, and with a space as a token.
    #expect(try TokenFile("a\t1\n  2\n<eps>\t0").texts == ["<eps>", "a", " "])
    #expect(try TokenFile("hi 0").texts == ["hi"])
    // White space behind the index or the score is neither.
    #expect(try TokenFile("<blk> 0 \nhi 1\t\n   2 \n").texts == ["<blk>", "hi", " "])
    #expect(try TokenFile("a\t-1.5 \nb\t-2\t\n").texts == ["a", "b"])
  }

  @Test func scores() throws {
    let unigram = try TokenFile("<unk>\t0\n<s>\t0\n</s>\t0\n\u{2581}hi\t-1.5\nt\t-2\n")
    #expect(unigram.texts == ["<unk>", "<s>", "</s>", "\u{2581}hi", "t"])
    let pairs = try TokenFile("<unk>\t0\n\u{2581}t\t-0\nhe\t-1\n")
    #expect(pairs.texts == ["<unk>", "\u{2581}t", "he"])
  }

  @Test func paddle() throws {
    let file = try TokenFile("0\n1\n2\n", format: .paddle)
    #expect(file.texts == ["<blank>", "0", "1", "2", " "])
    #expect(file.blank == 0)
    #expect(file.wordSeparator == " ")
    // Detected by the number of outputs.
    #expect(try TokenFile("0\n1\n2\n", count: 5).texts == ["<blank>", "0", "1", "2", " "])
    #expect(
      try TokenFile("0\n1\n2\n", format: .paddle, count: 4).texts == ["<blank>", "0", "1", "2"])
    // A list of words is not a dictionary of PaddleOCR.
    #expect(throws: InputError("tokens", "2 in a file of format list for 4 outputs")) {
      try TokenFile("ab\naab\n", count: 4)
    }
    #expect(try TokenFile("0\n1\n2\n", count: 3).texts == ["0", "1", "2"])
  }

  @Test func vocabularies() throws {
    let wav2vec = try TokenFile(
      indices: ["<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "|": 4, "E": 5])
    let vocabulary = try TokenVocabulary(wav2vec)
    #expect(vocabulary.blank == 0)
    #expect(vocabulary.wordSeparator == "|")
    #expect(vocabulary.text(of: [5, 4, 5, 0]) == "E E")
    // A name of the blank takes precedence over padding, wherever it is.
    #expect(try TokenFile("<pad>\na\n<blank>\n").blank == 2)
    #expect(try TokenVocabulary(TokenFile("a\n<blank>\n"), blank: 0).blank == 0)
    #expect(try TokenFile("<blank>\n<space>\na\n").wordSeparator == "<space>")
  }

  @Test(arguments: [
    (
      "a 0\nb 1\nc\n",
      "line 3 has no index, but most lines have one: pass the format, one of list, indexed, scored, paddle"
    ),
    (
      "a\t-1.5\nb\t-2\nc\n",
      "line 3 has no score, but most lines have one: pass the format, one of list, indexed, scored, paddle"
    ),
    ("a 0\nb 2\n", "\"b\" has index 2, outside 0..<2"),
    ("a 0\nb 0\n", "\"a\" and \"b\" both have index 0"),
    ("", "the file contains no tokens"),
    (
      "0 a\n1 b\n",
      "each line begins with its index, from 0 up, which no format allows: pass the format list if the indices "
        + "belong to the tokens, else put the index after the token"
    ),
    (
      "1,a\n2,b\n",
      "each line begins with its index, from 1 up, which no format allows: pass the format list if the indices "
        + "belong to the tokens, else put the index after the token"
    ),
  ])
  func mistakes(text: String, problem: String) {
    #expect(throws: InputError("tokens", problem)) { try TokenFile(text) }
  }

  /// A model with one more output than its file has tokens: the blank is inserted at the given
  /// index.
  @Test func blanksThatFilesLack() throws {
    let pieces = "<unk>\t0\n\u{2581}hi\t-1.5\n"
    for (blank, texts) in [
      (2, ["<unk>", "\u{2581}hi", "<blank>"]), (0, ["<blank>", "<unk>", "\u{2581}hi"]),
    ] {
      let file = try TokenFile(pieces, count: 3, blank: blank)
      #expect(file.texts == texts && file.blank == blank)
      #expect(try TokenVocabulary(file).blank == blank)
    }
    // After all tokens, no count is needed.
    #expect(try TokenFile(pieces, blank: 2).texts.count == 3)
    #expect(try TokenFile(pieces, blank: 1).texts.count == 2)
    #expect(try TokenFile("<pad>\na\n", count: 3, blank: 2).texts == ["<pad>", "a", "<blank>"])
    #expect(try TokenFile(texts: ["a"], count: 2, blank: 1).texts == ["a", "<blank>"])
    #expect(
      try TokenFile(indices: ["b": 1, "a": 0] as KeyValuePairs, count: 3, blank: 1).texts[1]
        == "<blank>")
    let problem = "2 in a file of format scored for 3 outputs"
    #expect(
      throws: InputError(
        "tokens", problem + ": where the blank is missing, give its index, such as 0 or 2")
    ) { try TokenFile(pieces, count: 3) }
    for (text, blank) in [("<blk>\na\n", 2), ("<pad>\na\n", 0)] {
      #expect(throws: InputError("tokens", "2 in a file of format list for 3 outputs")) {
        try TokenFile(text, count: 3, blank: blank)
      }
    }
    #expect(throws: InputError.self) { try TokenFile("a\nb\n", count: 3, blank: 7) }
    #expect(throws: InputError("tokens", "\"a\" occurs twice")) {
      try TokenFile(indices: ["a": 1, "a": 0] as KeyValuePairs)
    }
    let forms = try TokenFile(indices: ["e\u{301}": 1, "\u{E9}": 0] as KeyValuePairs)
    #expect(forms.texts.map(\.unicodeScalars.count) == [1, 2])
  }

  @Test func countsThatDoNotFit() {
    #expect(throws: InputError("tokens", "2 in a file of format list for 9 outputs")) {
      try TokenFile("a\nb\n", count: 9)
    }
    #expect(throws: InputError("tokens", "line 1 has no score after a tab")) {
      try TokenFile("a\nb\n", format: .scored)
    }
  }
}
