// Align a line of print with its text: in which frames is each word?
//
//     swift run AlignText

import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles

let folder = "Examples/posteriors/"
let file = try NPYFile.read(folder + "ocr.npy")
let frames = try NPYFile.read(folder + "ocr-lengths.npy").integers()[0]
let posteriors = Array(try file.floats()[..<(frames * file.shape[2])])
let texts = try JSONDecoder().decode(
  [String].self, from: Data(contentsOf: URL(fileURLWithPath: folder + "ocr-labels.json")))

// snippet.show
let vocabulary = try TokenVocabulary(texts, blank: 0)
let aligner = ForcedAligner(vocabulary)
let alignment = try aligner.align(
  posteriors, frames: frames, text: "And the sons of Midian; Ephah, and Epher, and Henoch,")
for word in alignment.words { print(word.text, word.frames) }
print(alignment.ctm(utterance: "line", frameSeconds: 0.02))
// snippet.hide
