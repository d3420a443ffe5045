import CSeq2SeqLossesHeader
import ErrorRates
import Seq2SeqLosses

/// Errors of each kind; see the header.
@c @implementation
public func seq2seq_error_counts(
  _ references: UnsafePointer<seq2seq_labels>!, _ hypotheses: UnsafePointer<seq2seq_labels>!,
  _ counts: UnsafeMutablePointer<Int64>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let (references, hypotheses) = try pairs(references, hypotheses)
    let counts = try results("counts", counts, 4 * references.count)
    for pair in 0..<references.count {
      let found = ErrorCounts(reference: references[pair], hypothesis: hypotheses[pair])
      let numbers = [found.matches, found.substitutions, found.deletions, found.insertions]
      for (index, number) in numbers.enumerated() { counts[4 * pair + index] = Int64(number) }
    }
  }
}

/// Edit distances; see the header.
@c @implementation
public func seq2seq_edit_distances(
  _ references: UnsafePointer<seq2seq_labels>!, _ hypotheses: UnsafePointer<seq2seq_labels>!,
  _ distances: UnsafeMutablePointer<Int64>!
) -> seq2seq_status {
  status { () throws(InputError) in
    let (references, hypotheses) = try pairs(references, hypotheses)
    let distances = try results("distances", distances, references.count)
    for pair in 0..<references.count {
      distances[pair] = Int64(editDistance(references[pair], hypotheses[pair]))
    }
  }
}

private func pairs(
  _ references: UnsafePointer<seq2seq_labels>?, _ hypotheses: UnsafePointer<seq2seq_labels>?
) throws(InputError) -> (LabelBatch, LabelBatch) {
  let pair = try (LabelBatch("references", references), LabelBatch("hypotheses", hypotheses))
  guard pair.0.count == pair.1.count else {
    throw InputError("hypotheses", "\(pair.1.count) for \(pair.0.count) references")
  }
  return pair
}
