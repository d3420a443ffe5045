/// A file that cannot be read or written. Its description names the file and the problem in one
/// line.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The path as the caller gave it.
  public let path: String
  /// The problem, with the faulty value.
  public let problem: String

  /// An error about the file at `path`.
  public init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  /// `path: problem`.
  public var description: String { "\(path): \(problem)" }
}
