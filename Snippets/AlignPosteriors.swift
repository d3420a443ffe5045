// Align the outputs of a recognizer with their transcript: in which frames is each label?
//
//     swift run AlignPosteriors ocr 0
//
// The arguments are a data set (ocr, phones or nanopore) and its blank; see Examples/posteriors/README.md.

import Foundation
import Seq2SeqLosses
import TensorFiles

let arguments = CommandLine.arguments.dropFirst()
let set = arguments.first ?? "ocr"
let blank = arguments.dropFirst().first.flatMap { Int($0) } ?? 0
let folder = "Examples/posteriors/\(set)"

let tensor = try NPYFile.read(folder + ".npy")
let labels = LabelBatch(try LabelLines.read(folder + ".jsonl"))
let layout = try LogitsLayout(
  batch: tensor.shape[0], time: tensor.shape[1], vocabulary: tensor.shape[2],
  lengths: try NPYFile.read(folder + "-lengths.npy").integers())
let ctc = CTCLoss(blank: blank)

#if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  let (losses, entropies, alignments) = try tensor.withElements(as: Float16.self) { logits in
    (
      try ctc.losses(logits, layout: layout, labels: labels),
      try ctc.entropies(logits, layout: layout, labels: labels),
      try ctc.bestAlignments(logits, layout: layout, labels: labels)
    )
  }
  for (sample, alignment) in alignments.enumerated() {
    print(
      "sample \(sample): loss \(losses[sample]), best path \(alignment.logProbability), "
        + "entropy of the alignments \(entropies[sample]) nats")
    // Consecutive frames of the same label.
    var spans: [(label: Int, frames: ClosedRange<Int>)] = []
    for (frame, index) in alignment.labelIndices.enumerated() {
      guard let index else { continue }
      if index == spans.count - 1 {
        spans[index].frames = spans[index].frames.lowerBound...frame
      } else {
        spans.append((labels[sample][labels[sample].startIndex + index], frame...frame))
      }
    }
    print(spans.map { "\($0.label)@\($0.frames)" }.joined(separator: " "))
  }
#endif
