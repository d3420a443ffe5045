/// The words of two texts in columns, one below the other.
///
/// ```
/// REF  the CAT sat ***
/// HYP  the HAT sat down
/// ```
public enum WordAlignmentText {
  /// Two lines; errors are in upper case, and asterisks stand for missing words.
  ///
  /// Widths are counted in characters.
  ///
  /// - Parameters:
  ///   - reference: The correct text.
  ///   - hypothesis: The recognized text.
  ///   - normalization: Differences that are ignored.
  public static func text(
    reference: String, hypothesis: String, normalization: TextNormalization = []
  ) -> String {
    let references = normalization.words(of: reference)
    let hypotheses = normalization.words(of: hypothesis)
    var (upper, lower) = ("REF ", "HYP ")
    func add(_ first: String?, _ second: String?) {
      let width = max(first?.count ?? 0, second?.count ?? 0)
      upper += " " + padded(first ?? String(repeating: "*", count: width), width)
      lower += " " + padded(second ?? String(repeating: "*", count: width), width)
    }
    let alignment = EditAlignment(
      reference: references.map { Array($0.utf8) }, hypothesis: hypotheses.map { Array($0.utf8) })
    for step in alignment.steps {
      switch step {
      case .match(let first, let second): add(references[first], hypotheses[second])
      case .substitution(let first, let second):
        add(references[first].uppercased(), hypotheses[second].uppercased())
      case .deletion(let first, _): add(references[first].uppercased(), nil)
      case .insertion(_, let second): add(nil, hypotheses[second].uppercased())
      }
    }
    return upper + "\n" + lower
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
