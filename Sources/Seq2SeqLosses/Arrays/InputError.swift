/// An error in the caller's input: names the argument, the place in it, and the value that does not fit.
///
/// It is thrown before any work is done: no array has been written to.
public struct InputError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name of the argument, such as `labels`.
  public let argument: String
  /// The index of the sample in the batch, if the fault is in one sample.
  public let sample: Int?
  /// The index within the sample, if the fault is in one element.
  public let position: Int?
  /// The problem, with the value, such as `7 is outside 0..<5`.
  public let problem: String

  /// An error about `argument`.
  public init(_ argument: String, sample: Int? = nil, position: Int? = nil, _ problem: String) {
    self.argument = argument
    self.sample = sample
    self.position = position
    self.problem = problem
  }

  /// The error as one line, such as `labels, sample 3, position 1: 7 is outside 0..<5`.
  public var description: String {
    var text = argument
    if let sample { text += ", sample \(sample)" }
    if let position { text += ", position \(position)" }
    return "\(text): \(problem)"
  }
}

/// Throws unless labels are in the vocabulary and not the blank, if there is one; the number `other` is allowed too.
/// `name` gives the name of a label for errors.
package func checkLabels(
  _ argument: String, sample: Int, _ labels: some Sequence<Int>, vocabulary: Int, blank: Int?,
  except other: Int? = nil, name: (Int) -> String = { "\($0)" }
) throws(InputError) {
  for (position, label) in labels.enumerated() where label != other {
    guard (0..<vocabulary).contains(label) else {
      throw InputError(
        argument, sample: sample, position: position, "\(label) is outside 0..<\(vocabulary)")
    }
    guard label != blank else {
      throw InputError(argument, sample: sample, position: position, "\(name(label)) is the blank")
    }
  }
}
