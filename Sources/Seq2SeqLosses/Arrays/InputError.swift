/// An error in the input. It names the argument, the place in it, and the value that cannot be
/// used.
///
/// It is thrown before any work is done, so no buffer has been written.
public struct InputError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name of the argument, such as `labels`.
  public let argument: String
  /// The index of the faulty sample in the batch, if one sample is at fault.
  public let sample: Int?
  /// The index of the faulty element within the sample, if one element is at fault.
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

/// Throws unless all labels are in the vocabulary and none is the blank. One other number may be
/// allowed. `name` is the word for a label in the error.
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
