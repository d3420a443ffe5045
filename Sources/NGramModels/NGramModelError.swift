/// An error in the file of an n-gram model. It names the file, the place and the value.
public struct NGramModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file's path; empty for a model in memory.
  public let path: String
  /// The number of the faulty line of a text file, from 1.
  public let line: Int?
  /// The problem, with the faulty value.
  public let problem: String

  /// An error about a file.
  public init(_ path: String, line: Int? = nil, _ problem: String) {
    self.path = path
    self.line = line
    self.problem = problem
  }

  /// The error as one line, such as `model.arpa, line 7: "x" is not a number`.
  public var description: String {
    (path.isEmpty ? "n-gram model" : path) + (line.map { ", line \($0)" } ?? "") + ": " + problem
  }
}
