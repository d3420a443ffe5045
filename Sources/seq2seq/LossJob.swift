import Foundation
import Seq2SeqLosses
import TensorFiles

/// Computes the losses of a file of logits and writes the derivatives to other files, a block of
/// samples at a time.
struct LossJob: LogitsOperation {
  let ctc: CTCLoss
  let layout: LogitsLayout
  let labels: LabelBatch
  let lossesPath: String?
  let gradientPath: String?
  let hessianPath: String?

  /// Computes the losses and writes to files that have no names yet. Memory is bounded by the
  /// derivatives of one block of samples.
  func run<Element: LogitElement & TensorElement>(
    _ logits: Span<Element>
  ) throws -> (losses: [Double], files: LossFiles) {
    // Reports every input error before the first byte of output.
    try ctc.validate(layout: layout, labels: labels)
    let files = try LossFiles(
      losses: lossesPath, gradient: gradientPath, hessian: hessianPath,
      elementType: Element.elementType, layout: layout)
    var progress = ProgressBar(total: layout.batch)
    defer { progress.finish() }
    var losses: [Double] = []
    while losses.count < layout.batch {
      let part = losses.count..<min(layout.batch, losses.count + Self.samplesAtOnce)
      let view = try view(of: part)
      let partLabels = LabelBatch(part.map { Array(labels[$0]) })
      if let gradientFile = files.gradient {
        let dense = try LogitsLayout(
          batch: part.count, time: layout.time, vocabulary: layout.vocabulary)
        var gradient = [Element](
          repeating: Element(nearest: 0), count: part.count * layout.time * layout.vocabulary)
        var partLosses = [Double](repeating: 0, count: part.count)
        var gradientSpan = gradient.mutableSpan
        var lossSpan = partLosses.mutableSpan
        try ctc.lossesAndGradient(
          logits, layout: view, labels: partLabels, into: &lossSpan, gradient: &gradientSpan,
          output: GradientOutput(layout: dense))
        losses += partLosses
        try gradientFile.append(gradient.span)
      } else {
        losses += try ctc.losses(logits, layout: view, labels: partLabels)
      }
      if let hessianFile = files.hessian { try appendHessians(logits, part, to: hessianFile) }
      progress.update(losses.count)
    }
    try files.losses?.append(losses.span)
    return (losses, files)
  }

  /// One sample at a time, because a Hessian may be large.
  private func appendHessians<Element: LogitElement & TensorElement>(
    _ logits: Span<Element>, _ part: Range<Int>, to file: NPYWriter
  ) throws {
    let width = layout.time * layout.vocabulary
    // A sample's Hessian is held in memory. An error is better than a failed allocation.
    let (count, overflow) = width.multipliedReportingOverflow(by: width)
    let (bytes, bytesOverflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.size)
    guard !overflow, !bytesOverflow, bytes <= ProcessInfo.processInfo.physicalMemory / 2 else {
      throw InputError(
        "hessian", "[\(width), \(width)] a sample is more than half of this machine's memory")
    }
    var hessian = [Element](repeating: Element(nearest: 0), count: count)
    for sample in part {
      var span = hessian.mutableSpan
      try ctc.hessians(
        logits, layout: try view(of: sample..<sample + 1), labels: [Array(labels[sample])],
        into: &span)
      try file.append(hessian.span)
    }
  }

  private func view(of part: Range<Int>) throws -> LogitsLayout {
    try LogitsLayout(
      batch: part.count, time: layout.time, vocabulary: layout.vocabulary,
      strides: (layout.batchStride, layout.timeStride, layout.vocabularyStride),
      offset: layout.offset + part.lowerBound * layout.batchStride,
      lengths: Array(layout.lengths[part]))
  }

  /// Enough samples to occupy every processor, but few enough for the progress bar to move.
  private static let samplesAtOnce = 64
}

extension BFloat16: TensorElement {
  /// ``TensorFiles/ElementType/bfloat16``.
  public static var elementType: ElementType { .bfloat16 }
}
