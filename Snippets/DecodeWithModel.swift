// Read lines of print without and with a language model of English characters.
//
//     swift run DecodeWithModel

import ErrorRates
import Foundation
import NGramModels
import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles

let folder = "Examples/posteriors/"
let file = try NPYFile.read(folder + "ocr.npy")
let posteriors = try file.floats()
let layout = try LogitsLayout(
  batch: file.shape[0], time: file.shape[1], vocabulary: file.shape[2],
  lengths: try NPYFile.read(folder + "ocr-lengths.npy").integers())
let texts = try JSONDecoder().decode(
  [String].self, from: Data(contentsOf: URL(fileURLWithPath: folder + "ocr-labels.json")))
let transcripts = try String(contentsOfFile: folder + "ocr.txt", encoding: .utf8)
  .split(separator: "\n").map(String.init)

// snippet.show
let vocabulary = try TokenVocabulary(texts, blank: 0)
let model = try NGramModel(contentsOf: folder + "english-char4.arpa.gz")
var fusion = LanguageModelFusion(model, unit: .token)
fusion.weight = 0.3
fusion.insertionBonus = 0.8
fusion.unknownPenalty = -5

for fusion in [nil, fusion] {
  let decoder = try BeamSearchDecoder(vocabulary, languageModel: fusion)
  let lines = try decoder.decode(posteriors.span, layout: layout).map { $0[0] }
  let errors = zip(transcripts, lines).map {
    ErrorCounts(charactersOf: $0, hypothesis: $1.text)
  }
  print(fusion == nil ? "without:" : "with:", lines[2].text)
  print(String(format: "character error rate %.1f %%", 100 * CorpusErrors(errors).rate))
  print(String(format: "scores %.1f and %.1f", lines[2].acousticScore, lines[2].languageScore))
}
// snippet.hide
