import Seq2SeqLosses
import TensorFiles

/// The output files of `seq2seq loss`. All of them appear under their names together, after
/// everything has been computed and printed.
struct LossFiles {
  let losses, gradient, hessian: NPYWriter?

  /// Opens the files that have a path.
  ///
  /// - Throws: `TensorFileError` if a file cannot be created.
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

  /// Writes all remaining bytes, before any file gets its name.
  ///
  /// - Throws: `TensorFileError` if they cannot be written.
  func flush() throws { for file in all { try file.flush() } }

  /// Gives the files their names.
  ///
  /// - Throws: `TensorFileError` if a file cannot be written.
  func finish() throws { for file in all { try file.finish() } }
}
