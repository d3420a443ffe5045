/// Bad input: names the argument and the value that cannot be used.
public struct InputError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The argument's name.
  public let argument: String
  /// What is wrong with it, with the value.
  public let problem: String
  /// One line for a person.
  public var description: String { "\(argument): \(problem)" }
}
