import Seq2SeqLosses
import TensorFiles

/// The files that `seq2seq loss` writes. They get their names together, when all is computed and printed.
struct LossFiles {
  let losses, gradient, hessian: NPYWriter?

  /// Opens the files that have a path.
  ///
  /// - Throws: `TensorFileError` where one cannot be made.
  init(
    losses: String?, gradient: String?, hessian: String?, elementType: ElementType,
    layout: LogitsLayout
  ) throws {
    let shape = [layout.batch, layout.time, layout.vocabulary]
    self.losses = try losses.map {
      try NPYWriter($0, elementType: .float64, shape: [layout.batch])
    }
    self.gradient = try gradient.map {
      try NPYWriter($0, elementType: elementType, shape: shape)
    }
    self.hessian = try hessian.map {
      try NPYWriter($0, elementType: elementType, shape: shape + shape.dropFirst())
    }
  }

  private var all: [NPYWriter] { [losses, gradient, hessian].compactMap(\.self) }

  /// Finds out whether all bytes can be written, before any file gets its name.
  ///
  /// - Throws: `TensorFileError` where they cannot.
  func flush() throws { for file in all { try file.flush() } }

  /// Gives the files their names.
  ///
  /// - Throws: `TensorFileError` where one cannot be written.
  func finish() throws { for file in all { try file.finish() } }
}
