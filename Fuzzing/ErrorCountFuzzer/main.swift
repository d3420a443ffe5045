import ErrorRates
import FuzzSupport

/// Compares edit distances, alignments and counts with Levenshtein's recursion (1966), cell by
/// cell.
fuzz { bytes, count in
  var bytes = FuzzedBytes(bytes, count)
  let symbols = bytes.number(in: 1...8)
  let firstCount = bytes.number(below: 256)
  var reference: [Int] = []
  var hypothesis: [Int] = []
  while !bytes.isEmpty && hypothesis.count < 256 {
    let symbol = bytes.number(below: symbols)
    if reference.count < firstCount { reference.append(symbol) } else { hypothesis.append(symbol) }
  }
  let distance = levenshtein(reference, hypothesis)
  precondition(editDistance(reference, hypothesis) == distance, "another distance")
  let alignment = EditAlignment(reference: reference, hypothesis: hypothesis)
  check(alignment, reference, hypothesis, distance)
  precondition(
    ErrorCounts(reference: reference, hypothesis: hypothesis) == alignment.counts, "other counts")
  // Texts of the same symbols, both as words and as characters.
  let letters = ["a", "b", "é", "e\u{301}", "ß", "東", "🙂", "x"]
  let texts = [reference, hypothesis].map { $0.map { letters[$0] } }
  let counts = ErrorCounts(
    wordsOf: texts[0].joined(separator: " "), hypothesis: texts[1].joined(separator: " "))
  precondition(counts.referenceLength == reference.count, "words are lost")
  return 0
}

private func levenshtein(_ first: [Int], _ second: [Int]) -> Int {
  var row = Array(0...second.count)
  for symbol in first {
    var diagonal = row[0]
    row[0] += 1
    for column in second.indices {
      let best = min(
        diagonal + (symbol == second[column] ? 0 : 1), row[column] + 1, row[column + 1] + 1)
      diagonal = row[column + 1]
      row[column + 1] = best
    }
  }
  return row[second.count]
}

/// Checks that an alignment covers both sequences, marks equal elements correctly, and has as many
/// errors as the distance.
private func check(
  _ alignment: EditAlignment, _ reference: [Int], _ hypothesis: [Int], _ distance: Int
) {
  var (row, column) = (0, 0)
  for step in alignment.steps {
    switch step {
    case .match(let at, let to):
      precondition(at == row && to == column && reference[at] == hypothesis[to], "a false match")
      (row, column) = (row + 1, column + 1)
    case .substitution(let at, let to):
      precondition(at == row && to == column && reference[at] != hypothesis[to], "a false error")
      (row, column) = (row + 1, column + 1)
    case .deletion(let at, let to):
      precondition(at == row && to == column, "a deletion out of place")
      row += 1
    case .insertion(let at, let to):
      precondition(at == row && to == column, "an insertion out of place")
      column += 1
    }
  }
  precondition(row == reference.count && column == hypothesis.count, "an alignment that ends early")
  precondition(alignment.counts.errors == distance, "an alignment with too many errors")
}
