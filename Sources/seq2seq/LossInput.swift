import Seq2SeqLosses
import TensorFiles

/// Logits and labels from files.
struct LossInput {
  let logits: Tensor
  let layout: LogitsLayout
  let labels: LabelBatch

  /// - Parameters:
  ///   - logitsFile: `.npy`, `.npz` or `.safetensors`, `[time, vocabulary]` or `[batch, time, vocabulary]`.
  ///   - labelsFile: `.npy`, `.npz` or `.safetensors`, `[batch, width]` or `[width]`, or JSON Lines.
  init(
    logitsFile: String, logitsName: String?, labelsFile: String, labelsName: String?,
    logitLengths: String?, logitLengthsName: String?, labelLengths: String?,
    labelLengthsName: String?, isTimeMajor: Bool
  ) throws {
    logits = try ArrayFile.read(logitsFile, name: logitsName)
    layout = try ArrayFile.layout(
      of: logits, lengths: logitLengths, lengthsName: logitLengthsName, isTimeMajor: isTimeMajor)
    labels = try Self.labels(
      labelsFile, name: labelsName, lengthsFile: labelLengths, lengthsName: labelLengthsName,
      batch: layout.batch)
  }

  private static func labels(
    _ path: String, name: String?, lengthsFile: String?, lengthsName: String?, batch: Int
  ) throws -> LabelBatch {
    guard ArrayFile.isArrayFile(path) else {
      try ArrayFile.checkUnnamed(path, name)
      guard lengthsFile == nil else {
        throw TensorFileError(path, "JSON Lines have their own lengths; drop --label-lengths")
      }
      return LabelBatch(try LabelLines.read(path))
    }
    let tensor = try ArrayFile.read(path, name: name)
    guard (1...2).contains(tensor.shape.count) else {
      throw TensorFileError(path, "shape \(tensor.shape) is not [batch, width] or [width]")
    }
    let width = tensor.shape[tensor.shape.count - 1]
    let rows = tensor.shape.count == 1 ? 1 : tensor.shape[0]
    // Checked before memory is allocated: rows without labels take no bytes in a file, so their
    // number may be anything.
    guard rows == batch else {
      throw InputError("labels", "\(rows) sequences for a batch of \(batch)")
    }
    let values = try tensor.integers()
    // Without lengths, negative numbers at the end of a row are padding.
    let lengths =
      try lengthsFile.map { try ArrayFile.read($0, name: lengthsName).integers() }
      ?? (0..<rows).map { row in
        (values[row * width..<(row + 1) * width].lastIndex { $0 >= 0 } ?? row * width - 1) + 1
          - row * width
      }
    return try LabelBatch(padded: values, width: width, lengths: lengths)
  }
}
