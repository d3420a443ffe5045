import Seq2SeqLosses
import TensorFiles

/// Logits and labels as files have them.
struct LossInput {
  let logits: Tensor
  let layout: LogitsLayout
  let labels: LabelBatch

  /// - Parameters:
  ///   - logitsFile: `.npy` or `.safetensors`, `[time, vocabulary]` or `[batch, time, vocabulary]`.
  ///   - labelsFile: `.npy` or `.safetensors`, `[batch, width]` or `[width]`, or JSON Lines.
  init(
    logitsFile: String, logitsName: String?, labelsFile: String, labelsName: String?,
    logitLengths: String?, labelLengths: String?, isTimeMajor: Bool
  ) throws {
    logits = try Self.tensor(logitsFile, name: logitsName)
    guard (2...3).contains(logits.shape.count) else {
      throw TensorFileError(
        logitsFile, "shape \(logits.shape) is not [time, vocabulary] or [batch, time, vocabulary]")
    }
    var axes = Array(zip(logits.shape, logits.strides))
    if axes.count == 2 { axes.insert((1, 0), at: 0) } else if isTimeMajor { axes.swapAt(0, 1) }
    layout = try LogitsLayout(
      batch: axes[0].0, time: axes[1].0, vocabulary: axes[2].0,
      strides: (axes[0].1, axes[1].1, axes[2].1),
      lengths: try logitLengths.map { try Self.tensor($0, name: nil).integers() })
    labels = try Self.labels(
      labelsFile, name: labelsName, lengthsFile: labelLengths, batch: layout.batch)
  }

  private static func labels(
    _ path: String, name: String?, lengthsFile: String?, batch: Int
  ) throws -> LabelBatch {
    guard path.hasSuffix(".npy") || path.hasSuffix(".safetensors") else {
      guard lengthsFile == nil else {
        throw TensorFileError(path, "JSON Lines have their own lengths; drop --label-lengths")
      }
      return LabelBatch(try LabelLines.read(path))
    }
    let tensor = try tensor(path, name: name)
    guard (1...2).contains(tensor.shape.count) else {
      throw TensorFileError(path, "shape \(tensor.shape) is not [batch, width] or [width]")
    }
    let width = tensor.shape[tensor.shape.count - 1]
    let rows = tensor.shape.count == 1 ? 1 : tensor.shape[0]
    // Before anything of that size is made: rows without labels take no bytes in a file.
    guard rows == batch else {
      throw InputError("labels", "\(rows) sequences for a batch of \(batch)")
    }
    let values = try tensor.integers()
    // Padding without lengths: negative numbers at the end of a row.
    let lengths =
      try lengthsFile.map { try Self.tensor($0, name: nil).integers() }
      ?? (0..<rows).map { row in
        (values[row * width..<(row + 1) * width].lastIndex { $0 >= 0 } ?? row * width - 1) + 1
          - row * width
      }
    return try LabelBatch(padded: values, width: width, lengths: lengths)
  }

  private static func tensor(_ path: String, name: String?) throws -> Tensor {
    guard path.hasSuffix(".safetensors") else {
      guard name == nil else { throw TensorFileError(path, "only .safetensors files have names") }
      return try NPYFile.read(path)
    }
    let tensors = try SafetensorsFile.read(path)
    let names = tensors.keys.sorted().joined(separator: ", ")
    if let name {
      guard let tensor = tensors[name] else {
        throw TensorFileError(path, "has no array '\(name)', but \(names)")
      }
      return tensor
    }
    guard tensors.count == 1, let tensor = tensors.values.first else {
      throw TensorFileError(path, "has \(tensors.count) arrays, choose one by name: \(names)")
    }
    return tensor
  }
}
