import Foundation
import FuzzSupport
import Seq2SeqDecoding
import TensorFiles
import TextFiles

/// Reads the text inputs of the command line; the first byte selects the kind.
fuzz { bytes, count in
  var bytes = FuzzedBytes(bytes, count)
  let kind = bytes.number(below: 6)
  let content = bytes.remaining()
  if kind == 0 {
    guard let manifest = try? Manifest(Data(content)) else { return 0 }
    try? manifest.check(frames: 100)
    if let texts = manifest.vocab { _ = try? TokenVocabulary(texts, blank: manifest.blank ?? 0) }
    return 0
  }
  guard let file = try? TextFile(content) else { return 0 }
  switch kind {
  case 1:
    for format in [nil] + TokenTextFormat.allCases {
      if let tokens = try? file.tokens(format: format) { _ = try? TokenVocabulary(tokens) }
      if let tokens = try? file.tokens(format: format, count: 4) {
        precondition(tokens.texts.count == 4, "tokens that are not as many as the outputs")
      }
    }
  case 2: use(lexicon: try? file.lexicon(vocabulary), phrases: nil)
  case 3: use(lexicon: nil, phrases: try? file.phrases(boost: 2))
  case 4: _ = try? file.jsonTexts()
  default:
    let lines = file.allLines
    precondition(lines.allSatisfy { !$0.utf8.contains(0x0A) })
    precondition(file.lines.count <= lines.count)
    _ = try? ForcedAligner(vocabulary).align([Float](), frames: 0, text: lines.first ?? "")
  }
  return 0
}

private func use(lexicon: Lexicon?, phrases: PhraseBias?) {
  _ = try? BeamSearchDecoder(vocabulary, lexicon: lexicon, phrases: phrases)
}

private let vocabulary = {
  guard let vocabulary = try? TokenVocabulary(["_", "a", "b", "é", "ab", " "]) else {
    fatalError("a vocabulary that is none")
  }
  return vocabulary
}()
