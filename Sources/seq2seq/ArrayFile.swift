import Seq2SeqLosses
import TensorFiles

/// The array files that the commands read.
enum ArrayFile {
  /// Whether a file contains arrays, judging by the end of its name.
  static func isArrayFile(_ path: String) -> Bool { path.hasSuffix(".npy") || hasNames(path) }

  /// Whether a file contains named arrays, judging by the end of its name.
  static func hasNames(_ path: String) -> Bool {
    [".npz", ".safetensors"].contains(where: path.hasSuffix)
  }

  /// Reads the array of an `.npy` file, or one array of an `.npz` or `.safetensors` file: the one
  /// with this name, or the only one.
  static func read(_ path: String, name: String?) throws -> Tensor {
    if path.hasSuffix(".npz") { return try NPZFile.read(path, name: name) }
    if path.hasSuffix(".safetensors") { return try SafetensorsFile.read(path, name: name) }
    try checkUnnamed(path, name)
    return try NPYFile.read(path)
  }

  /// - Throws: `TensorFileError` if a name is given for a file whose arrays have no names.
  static func checkUnnamed(_ path: String, _ name: String?) throws {
    guard name == nil else {
      throw TensorFileError(path, "only arrays of .npz and .safetensors files have names")
    }
  }

  /// The layout of `[time, vocabulary]` or `[batch, time, vocabulary]`.
  static func layout(
    of tensor: Tensor, lengths: String?, lengthsName: String?, isTimeMajor: Bool = false
  ) throws -> LogitsLayout {
    guard (2...3).contains(tensor.shape.count) else {
      throw TensorFileError(
        tensor.path,
        "shape \(tensor.shape) is not [time, vocabulary] or [batch, time, vocabulary]")
    }
    var axes = Array(zip(tensor.shape, tensor.strides))
    if axes.count == 2 { axes.insert((1, 0), at: 0) } else if isTimeMajor { axes.swapAt(0, 1) }
    return try LogitsLayout(
      batch: axes[0].0, time: axes[1].0, vocabulary: axes[2].0,
      strides: (axes[0].1, axes[1].1, axes[2].1),
      lengths: try lengths.map { try read($0, name: lengthsName).integers() })
  }
}

/// An operation on logits of any element type.
protocol LogitsOperation {
  associatedtype Result
  func run<Element: LogitElement & TensorElement>(_ logits: Span<Element>) throws -> Result
}

extension Tensor {
  /// Runs an operation on the elements.
  ///
  /// - Throws: ``TensorFileError`` if they are not floating point; errors of the operation.
  func withLogits<Operation: LogitsOperation>(
    _ operation: Operation
  ) throws -> Operation.Result {
    switch elementType {
    case .float32: try withElements(as: Float.self) { try operation.run($0) }
    case .float64: try withElements(as: Double.self) { try operation.run($0) }
    case .bfloat16:
      try withElements(as: UInt16.self) { words in
        try withBFloat16(words) { (numbers) throws in try operation.run(numbers) }
      }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      case .float16: try withElements(as: Float16.self) { try operation.run($0) }
    #endif
    default:
      throw TensorFileError(path, "holds \(elementType), not floating point")
    }
  }
}
