/// A file that is no n-gram model, or one that cannot be read: names the file, the place and the value.
public struct NGramModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file's path; empty for a model in memory.
  public let path: String
  /// The line, from 1, where a text is at fault.
  public let line: Int?
  /// What is wrong, with the value.
  public let problem: String

  /// An error about a file.
  public init(_ path: String, line: Int? = nil, _ problem: String) {
    self.path = path
    self.line = line
    self.problem = problem
  }

  /// One line for a person: `model.arpa, line 7: "x" is not a number`.
  public var description: String {
    (path.isEmpty ? "n-gram model" : path) + (line.map { ", line \($0)" } ?? "") + ": " + problem
  }
}
