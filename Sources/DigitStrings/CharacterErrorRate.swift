/// The fewest insertions, deletions and substitutions that turn `source` into `target`.
///
/// O(source · target) time, O(target) memory (Wagner and Fischer 1974).
func editDistance(_ source: [Int], _ target: [Int]) -> Int {
  var distances = Array(0...target.count)
  for (row, label) in source.enumerated() {
    var diagonal = distances[0]
    distances[0] = row + 1
    for (column, other) in target.enumerated() {
      let substituted = diagonal + (label == other ? 0 : 1)
      diagonal = distances[column + 1]
      distances[column + 1] = min(substituted, diagonal + 1, distances[column] + 1)
    }
  }
  return distances[target.count]
}

/// The edits that turn the hypotheses into the references, per label of the references.
func characterErrorRate(hypotheses: [[Int]], references: [[Int]]) -> Double {
  let edits = zip(hypotheses, references).reduce(0) { $0 + editDistance($1.0, $1.1) }
  return Double(edits) / Double(max(1, references.reduce(0) { $0 + $1.count }))
}
