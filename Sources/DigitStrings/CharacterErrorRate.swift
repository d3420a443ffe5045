import ErrorRates

/// The number of edits that turn the hypotheses into the references, divided by the number of
/// labels of the references.
func characterErrorRate(hypotheses: [[Int]], references: [[Int]]) -> Double {
  let edits = zip(hypotheses, references).reduce(0) { $0 + editDistance($1.0, $1.1) }
  return Double(edits) / Double(max(1, references.reduce(0) { $0 + $1.count }))
}
