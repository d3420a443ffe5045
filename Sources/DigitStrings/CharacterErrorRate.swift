import ErrorRates

/// The edits that turn the hypotheses into the references, per label of the references.
func characterErrorRate(hypotheses: [[Int]], references: [[Int]]) -> Double {
  let edits = zip(hypotheses, references).reduce(0) { $0 + editDistance($1.0, $1.1) }
  return Double(edits) / Double(max(1, references.reduce(0) { $0 + $1.count }))
}
