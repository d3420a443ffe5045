/// The matches and errors of one or more hypotheses.
public struct ErrorCounts: Sendable, Equatable {
  /// The number of equal elements.
  public var matches = 0
  /// The number of elements that the hypothesis replaces by another.
  public var substitutions = 0
  /// The number of elements that are missing from the hypothesis.
  public var deletions = 0
  /// The number of elements that are missing from the reference.
  public var insertions = 0

  /// All counts zero.
  public init() {}

  /// The number of errors: the edit distance.
  public var errors: Int { substitutions + deletions + insertions }

  /// The number of elements of the reference.
  public var referenceLength: Int { matches + substitutions + deletions }

  /// The errors divided by the number of elements of the reference; may be above 1. For an empty
  /// reference: 0 if the hypothesis is empty too, otherwise infinity.
  public var rate: Double {
    if errors == 0 { return 0 }
    return Double(errors) / Double(referenceLength)
  }

  /// The sum of two counts.
  public static func + (left: ErrorCounts, right: ErrorCounts) -> ErrorCounts {
    var sum = left
    sum += right
    return sum
  }

  /// Adds counts.
  public static func += (left: inout ErrorCounts, right: ErrorCounts) {
    left.matches += right.matches
    left.substitutions += right.substitutions
    left.deletions += right.deletions
    left.insertions += right.insertions
  }

  /// Compares two sequences of any elements, such as tokens, words or characters.
  ///
  /// Elements are compared by `==`. For `String` and `Character`, `é` as one scalar equals `é` as
  /// two; for texts see ``init(wordsOf:hypothesis:normalization:)``.
  ///
  /// - Parameters:
  ///   - reference: The correct sequence.
  ///   - hypothesis: The recognized sequence.
  public init<Element: Hashable>(
    reference: some Collection<Element>, hypothesis: some Collection<Element>
  ) {
    self = EditAlignment(reference: reference, hypothesis: hypothesis).counts
  }

  /// Compares the words of two texts. Words are separated by white space and compared scalar by
  /// scalar.
  ///
  /// - Parameters:
  ///   - reference: The correct text.
  ///   - hypothesis: The recognized text.
  ///   - normalization: Differences that are ignored.
  public init(
    wordsOf reference: String, hypothesis: String, normalization: TextNormalization = []
  ) {
    self.init(
      reference: normalization.words(of: reference).map { Array($0.utf8) },
      hypothesis: normalization.words(of: hypothesis).map { Array($0.utf8) })
  }

  /// Compares the characters of two texts, including spaces. Characters are Unicode scalars, as in
  /// Python.
  ///
  /// - Parameters:
  ///   - reference: The correct text.
  ///   - hypothesis: The recognized text.
  ///   - normalization: Differences that are ignored.
  public init(
    charactersOf reference: String, hypothesis: String, normalization: TextNormalization = []
  ) {
    self.init(
      reference: Array(normalization.apply(to: reference).unicodeScalars),
      hypothesis: Array(normalization.apply(to: hypothesis).unicodeScalars))
  }
}
