// Times single calls for `transducers.py`, so that our calls and the peers' can be interleaved.
//
//     TransducerWorker FOLDER
//
// It reads `logits.npy` [batch, time, labels + 1, vocabulary] and `labels.npy` from FOLDER. For
// each line "QUANTITY THREADS" of standard input, it prints a line "SECONDS SUM_OF_LOSSES
// PEAK_BYTES". Arrays for results and the workspace are reused between calls, as in a training loop. For the
// quantities "simple" and "smoothed", some rows of the logits are the outputs of an encoder and a
// predictor.

import Foundation
import Seq2SeqLosses
import TensorFiles

struct Batch {
  let sizes: [Int]
  let layout: JoinerLayout
  let labels: LabelBatch
  // Never freed: they live as long as the process.
  let logits: UnsafeMutableBufferPointer<Float>
  let gradient: UnsafeMutableBufferPointer<Float>
  let workspace = LossWorkspace()

  init(_ folder: String) throws {
    let tensor = try NPYFile.read("\(folder)/logits.npy")
    let values = try tensor.withElements(as: Float.self) { elements in
      elements.indices.map { elements[$0] }
    }
    logits = .allocate(capacity: values.count)
    _ = logits.initialize(from: values)
    gradient = .allocate(capacity: values.count)
    gradient.initialize(repeating: 0)
    sizes = tensor.shape
    layout = try JoinerLayout(
      batch: sizes[0], time: sizes[1], positions: sizes[2], vocabulary: sizes[3])
    let rows = try NPYFile.read("\(folder)/labels.npy")
    labels = try LabelBatch(
      padded: rows.integers(), width: rows.shape[1],
      lengths: [Int](repeating: rows.shape[1], count: sizes[0]))
  }

  /// A variant that can be computed from the same rows.
  func loss(_ quantity: String) -> TransducerLoss {
    let last = sizes[3] - 1
    switch quantity {
    case "monotonic": return TransducerLoss(topology: .monotonic)
    case "multi-blank":
      return TransducerLoss(
        topology: .multiBlank([
          last: 2, last - 1: 4,
          last - 2: 8,
        ]), underNormalization: 0.05)
    case "tdt":
      return TransducerLoss(
        topology: .tokenAndDuration([0, 1, 2, 3, 4]), underNormalization: 0.05)
    case "hat": return TransducerLoss(normalization: .factored)
    default: return TransducerLoss()
    }
  }

  private func copy() {
    UnsafeMutableRawBufferPointer(gradient).copyMemory(from: UnsafeRawBufferPointer(logits))
  }

  func time(_ quantity: String, threads: Int) throws -> String {
    var loss = loss(quantity)
    loss.threads = threads
    let clock = ContinuousClock()
    var losses = [Double](repeating: 0, count: layout.batch)
    let duration: Duration
    switch quantity {
    case "loss":
      duration = try clock.measure {
        var lossSpan = losses.mutableSpan
        try loss.losses(
          logits.span, layout: layout, labels: labels, into: &lossSpan, workspace: workspace)
      }
    case "in-place":
      // The logits are restored outside of the measured time.
      copy()
      duration = try clock.measure {
        var span = gradient.mutableSpan
        var lossSpan = losses.mutableSpan
        try loss.lossesAndGradient(
          replacing: &span, layout: layout, labels: labels, into: &lossSpan, workspace: workspace)
      }
    case "simple", "smoothed":
      let additive = AdditiveTransducerLoss(
        predictorShare: quantity == "simple" ? 0 : 0.25,
        encoderShare: quantity == "simple" ? 0 : 0.1, threads: threads)
      let (rows, others) = (sizes[0] * sizes[1] * sizes[3], sizes[0] * sizes[2] * sizes[3])
      let parts = try AdditiveLayout(
        batch: sizes[0], time: sizes[1], positions: sizes[2], vocabulary: sizes[3])
      let (encoder, predictor) = (logits.extracting(..<rows), logits.extracting(..<others))
      let (ofEncoder, ofPredictor) = (
        gradient.extracting(..<rows), UnsafeMutableBufferPointer<Float>.allocate(capacity: others)
      )
      ofPredictor.initialize(repeating: 0)
      defer { ofPredictor.deallocate() }
      duration = try clock.measure {
        var first = ofEncoder.mutableSpan
        var second = ofPredictor.mutableSpan
        var lossSpan = losses.mutableSpan
        try additive.lossesAndGradients(
          encoder.span, predictor.span, layout: parts, labels: labels, into: &lossSpan,
          encoderGradient: &first, predictorGradient: &second, workspace: workspace)
      }
    case "pass":
      // The unavoidable work: reading each logit once and writing each element of the gradient
      // once.
      duration = clock.measure { copy() }
    case "hvp":
      duration = try clock.measure {
        var span = gradient.mutableSpan
        try loss.hessianVectorProducts(
          logits.span, layout: layout, labels: labels, vector: logits.span, into: &span)
      }
    default:
      duration = try clock.measure {
        var span = gradient.mutableSpan
        var lossSpan = losses.mutableSpan
        try loss.lossesAndGradient(
          logits.span, layout: layout, labels: labels, into: &lossSpan, gradient: &span,
          output: GradientOutput(workspace: workspace))
      }
    }
    return "\(duration / .seconds(1)) \(losses.reduce(0, +)) \(peakBytes())"
  }
}

/// The peak memory of the process in bytes; 0 if it cannot be found.
func peakBytes() -> Int {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
    return 0
  }
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
}

/// Resets the peak memory, if the system allows it.
func resetPeak() {
  try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
}

func main() throws {
  let batch = try Batch(CommandLine.arguments[1])
  resetPeak()
  while let line = readLine() {
    let words = line.split(separator: " ").map(String.init)
    print(try batch.time(words[0], threads: Int(words[1]) ?? 1))
    // The script waits for each answer.
    fflush(nil)
  }
}

try main()
