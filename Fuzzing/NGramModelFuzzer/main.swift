import FuzzSupport
import NGramModels

/// Reads a language model in any format that is detected from the content: ARPA, gzip, KenLM
/// binaries.
fuzz { bytes, count in
  guard let model = try? NGramModel(bytes: UnsafeBufferPointer(start: bytes, count: count)) else {
    return 0
  }
  var state = model.start()
  for word in ["the", "b", "", "</s>"] {
    state = model.score(model.index(of: word) ?? model.unknownIndex, after: state).state
  }
  for word in 0..<min(model.words.count, 32) {
    state = model.score(word, after: state).state
    _ = model.finish(state)
  }
  return 0
}
