import Foundation
import Seq2SeqLosses
import TensorFiles
import TestSupport
import Testing

/// Outputs of real recognisers with their transcripts, from `Examples/posteriors`.
@Suite struct RealPosteriorsTests {
  struct Posteriors {
    let logits: [Double]
    let layout: LogitsLayout
    let labels: LabelBatch
    let ctc: CTCLoss

    init(_ name: String, blank: Int) throws {
      let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Examples/posteriors").path
      let tensor = try NPYFile.read("\(folder)/\(name).npy")
      logits = try tensor.floats().map(Double.init)
      layout = try LogitsLayout(
        batch: tensor.shape[0], time: tensor.shape[1], vocabulary: tensor.shape[2],
        lengths: try NPYFile.read("\(folder)/\(name)-lengths.npy").integers())
      labels = LabelBatch(try LabelLines.read("\(folder)/\(name).jsonl"))
      ctc = CTCLoss(blank: blank)
    }
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    @Test(arguments: [("ocr", 0), ("phones", 190), ("nanopore", 4)])
    func transcripts(_ name: String, _ blank: Int) throws {
      let real = try Posteriors(name, blank: blank)
      let (losses, gradient) = try real.ctc.lossesAndGradient(
        real.logits, layout: real.layout, labels: real.labels)
      let best = try real.ctc.bestAlignments(
        real.logits, layout: real.layout, labels: real.labels)
      let entropies = try real.ctc.entropies(
        real.logits, layout: real.layout, labels: real.labels)
      let occupancies = try real.ctc.occupancies(
        real.logits, layout: real.layout, labels: real.labels)
      let vocabulary = real.layout.vocabulary
      let width = real.layout.time * vocabulary
      for sample in 0..<real.layout.batch {
        let frames = real.layout.lengths[sample]
        let values = Array(real.logits[sample * width..<sample * width + frames * vocabulary])
        let logProbabilities = logSoftmax(values, vocabulary: vocabulary)
        let labels = Array(real.labels[sample])
        let truth = CTCOracle.loss(
          logProbabilities, vocabulary: vocabulary, labels: labels, blank: blank)
        #expect(losses[sample].isFinite)
        #expect(abs(losses[sample] / Double(truth) - 1) < 1e-13)
        for frame in 0..<frames {
          let row = sample * width + frame * vocabulary..<sample * width + (frame + 1) * vocabulary
          #expect(abs(occupancies[row].reduce(0, +) - 1) < 1e-11)
          #expect(abs(gradient[row].reduce(0, +)) < 1e-11)
        }
        // The best path is one of the loss's paths, has its own score, and spells the transcript.
        let alignment = best[sample]
        let score = alignment.tokens.enumerated().reduce(0 as WideFloat) {
          $0 + logProbabilities[$1.offset * vocabulary + $1.element]
        }
        #expect(abs(alignment.logProbability - Double(score)) < 1e-9)
        #expect(alignment.logProbability <= -losses[sample])
        let spelled = alignment.labelIndices.enumerated().compactMap { frame, index in
          index != nil && (frame == 0 || alignment.labelIndices[frame - 1] != index) ? index : nil
        }
        #expect(spelled == Array(labels.indices))
        #expect(entropies[sample] >= 0)
        // The best path is at least as likely as the typical one: -log of its posterior is at most
        // the entropy.
        #expect(-alignment.logProbability - losses[sample] <= entropies[sample])
      }
    }

    /// Samples from the posterior stay near the Viterbi path where the model is sure.
    @Test func samplesOfAnOCRLine() throws {
      let real = try Posteriors("ocr", blank: 0)
      let samples = try real.ctc.sampledAlignments(
        real.logits, layout: real.layout, labels: real.labels, count: 20, seed: 3)
      let best = try real.ctc.bestAlignments(
        real.logits, layout: real.layout, labels: real.labels)
      for (draws, alignment) in zip(samples, best) {
        for draw in draws {
          #expect(draw.logProbability <= alignment.logProbability + 1e-12)
          let agreement = zip(draw.tokens, alignment.tokens).count { $0 == $1 }
          #expect(agreement * 10 >= alignment.tokens.count * 6)
        }
      }
    }
  #endif
}
