// Read lines of print by greedy decoding, by beam search and as a stream, with error rates; spot keywords.
//
//     swift run DecodeLines

import ErrorRates
import Foundation
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

func report(_ name: String, _ texts: [String]) {
  var (characters, words) = (ErrorCounts(), ErrorCounts())
  for (transcript, text) in zip(transcripts, texts) {
    characters += ErrorCounts(charactersOf: transcript, hypothesis: text)
    words += ErrorCounts(wordsOf: transcript, hypothesis: text)
  }
  print(
    String(
      format: "%@: CER %.1f %%, WER %.1f %%", name, 100 * characters.rate, 100 * words.rate))
}

/// The log-probabilities of some frames of a line.
func rows(_ line: Int, _ frames: Range<Int>) -> [Float] {
  let first = line * layout.time
  return Array(
    posteriors[
      (first + frames.lowerBound) * layout.vocabulary..<(first + frames.upperBound)
        * layout.vocabulary])
}

// snippet.show
let vocabulary = try TokenVocabulary(texts, blank: 0)
let greedy = try GreedyDecoder(vocabulary).decodeEach(posteriors.span, layout: layout)
report("greedy", try greedy.map { try $0.get().text })

let decoder = try BeamSearchDecoder(vocabulary)
let lines = try decoder.decode(posteriors.span, layout: layout).map { $0[0] }
report("beam", lines.map(\.text))
for word in lines[5].words { print(word.text, word.frames) }

// The same line as a stream, 16 frames at a time.
let stream = decoder.stream()
let frames = layout.lengths[5]
for start in stride(from: 0, to: frames, by: 16) {
  let piece = start..<min(start + 16, frames)
  try stream.feed(rows(5, piece), frames: piece.count)
  print(vocabulary.text(of: stream.stableTokens), "|", stream.hypotheses()[0].text)
}
print(stream.finish()[0] == lines[5])

let spotter = try KeywordSpotter(vocabulary, phrases: ["thousand", "wheat"])
for line in 0..<layout.batch {
  let frames = layout.lengths[line]
  for detection in try spotter.spot(rows(line, 0..<frames), frames: frames) {
    print("line \(line): \(spotter.phrases[detection.phrase]) in \(detection.frames)")
  }
}
// snippet.hide
