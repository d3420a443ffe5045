/// Matches and errors of a hypothesis, or of many.
public struct ErrorCounts: Sendable, Equatable {
  /// Equal elements.
  public var matches = 0
  /// Elements of the reference for which the hypothesis has another.
  public var substitutions = 0
  /// Elements of the reference that the hypothesis has not.
  public var deletions = 0
  /// Elements of the hypothesis that the reference has not.
  public var insertions = 0

  /// No elements.
  public init() {}

  /// The errors together: the edit distance.
  public var errors: Int { substitutions + deletions + insertions }

  /// How many elements the reference has.
  public var referenceLength: Int { matches + substitutions + deletions }

  /// Errors for each element of the reference; may be above 1. Of an empty reference: 0 if the hypothesis is
  /// empty too, else infinity.
  public var rate: Double {
    if errors == 0 { return 0 }
    return Double(errors) / Double(referenceLength)
  }

  /// The counts of two together.
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

  /// The counts of two sequences of anything: tokens, words, characters.
  ///
  /// Elements are compared by `==`. That of `String` and `Character` takes `é` in one scalar and in two for equal;
  /// for texts see ``init(wordsOf:hypothesis:normalization:)``.
  public init<Element: Hashable>(
    reference: some Collection<Element>, hypothesis: some Collection<Element>
  ) {
    self = EditAlignment(reference: reference, hypothesis: hypothesis).counts
  }

  /// The counts of the words of two texts. Words are separated by white space and compared scalar by scalar.
  public init(
    wordsOf reference: String, hypothesis: String, normalization: TextNormalization = []
  ) {
    self.init(
      reference: normalization.words(of: reference).map { Array($0.utf8) },
      hypothesis: normalization.words(of: hypothesis).map { Array($0.utf8) })
  }

  /// The counts of the characters of two texts: Unicode scalars, as Python counts them. Spaces are characters too.
  public init(
    charactersOf reference: String, hypothesis: String, normalization: TextNormalization = []
  ) {
    self.init(
      reference: Array(normalization.apply(to: reference).unicodeScalars),
      hypothesis: Array(normalization.apply(to: hypothesis).unicodeScalars))
  }
}
