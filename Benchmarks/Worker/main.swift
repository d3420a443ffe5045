// Times single calls for `peers.py`, so that our calls and the peers' can be interleaved.
//
//     Worker FOLDER
//
// It reads `logits.npy`, `labels.npy`, `frames.npy` and `counts.npy` from FOLDER. For each line
// "QUANTITY TOPOLOGY THREADS TYPE" of standard input, it prints a line "SECONDS SUM_OF_LOSSES
// PEAK_BYTES". Arrays for results and the workspace are reused between calls, as in a training
// loop.

import Foundation
import Seq2SeqLosses
import TensorFiles

struct Batch {
  let layout: LogitsLayout
  let labels: LabelBatch
  let logits: [Float]

  init(_ folder: String) throws {
    func integers(_ name: String) throws -> (values: [Int], shape: [Int]) {
      let tensor = try NPYFile.read("\(folder)/\(name).npy")
      return (try tensor.integers(), tensor.shape)
    }
    let tensor = try NPYFile.read("\(folder)/logits.npy")
    logits = try tensor.withElements(as: Float.self) { elements in
      elements.indices.map { elements[$0] }
    }
    layout = try LogitsLayout(
      batch: tensor.shape[0], time: tensor.shape[1], vocabulary: tensor.shape[2],
      lengths: integers("frames").values)
    let (values, shape) = try integers("labels")
    labels = try LabelBatch(padded: values, width: shape[1], lengths: integers("counts").values)
  }

  func timer<Element: LogitElement>(_ type: Element.Type) -> (String, CTCLoss) throws -> String {
    let logits = logits.map { Element(nearest: Double($0)) }
    var gradient = [Element](repeating: Element(nearest: 0), count: logits.count)
    var losses = [Double](repeating: 0, count: layout.batch)
    let workspace = LossWorkspace()
    let clock = ContinuousClock()
    return { quantity, ctc in
      let duration: Duration
      switch quantity {
      case "loss":
        duration = try clock.measure {
          var span = losses.mutableSpan
          try ctc.losses(
            logits.span, layout: layout, labels: labels, into: &span, workspace: workspace)
        }
      case "gradient":
        duration = try clock.measure {
          var span = losses.mutableSpan
          var gradientSpan = gradient.mutableSpan
          try ctc.lossesAndGradient(
            logits.span, layout: layout, labels: labels, into: &span, gradient: &gradientSpan,
            output: GradientOutput(workspace: workspace))
        }
      case "pass":
        // The unavoidable work: reading each logit once and writing each element of the gradient
        // once.
        duration = clock.measure {
          gradient.withUnsafeMutableBytes { target in
            logits.withUnsafeBytes { target.copyMemory(from: $0) }
          }
        }
      case "hvp":
        duration = try clock.measure {
          _ = try ctc.hessianVectorProducts(logits, layout: layout, labels: labels, vector: logits)
        }
      default:
        duration = try clock.measure {
          _ = try ctc.hessians(logits, layout: layout, labels: labels)
        }
      }
      return "\(duration / .seconds(1)) \(losses.reduce(0, +)) \(peakBytes())"
    }
  }
}

/// The peak memory of the process in bytes; 0 if it cannot be found.
func peakBytes() -> Int {
  // Not by getrusage, which begins with the memory of the parent process.
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
    return 0
  }
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
}

func main() throws {
  let batch = try Batch(CommandLine.arguments[1])
  var timers: [String: (String, CTCLoss) throws -> String] = [:]
  while let line = readLine() {
    let words = line.split(separator: " ").map(String.init)
    let ctc = CTCLoss(
      topology: CTCTopology(rawValue: words[1]) ?? .classic, threads: Int(words[2]))
    if timers[words[3]] == nil {
      switch words[3] {
      case "float64": timers[words[3]] = batch.timer(Double.self)
      case "bfloat16": timers[words[3]] = batch.timer(BFloat16.self)
      #if !(os(macOS) && arch(x86_64))
        case "float16": timers[words[3]] = batch.timer(Float16.self)
      #endif
      default: timers[words[3]] = batch.timer(Float.self)
      }
    }
    if let timer = timers[words[3]] { print(try timer(words[0], ctc)) }
    // The script waits for each answer.
    fflush(nil)
  }
}

try main()
