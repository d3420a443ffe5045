/// A file that cannot be read or written: names the file and what is wrong with it, in one line.
public struct TensorFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The path as the caller gave it.
  public let path: String
  /// What is wrong, with the value.
  public let problem: String

  /// An error about the file at `path`.
  public init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  /// `path: problem`.
  public var description: String { "\(path): \(problem)" }
}
