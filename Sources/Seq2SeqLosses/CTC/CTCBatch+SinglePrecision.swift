/// Sums of gradients whose element type has fewer digits than `Float`. The terms are added in
/// single precision, and the sum is rounded once. Rounded terms would lose a small difference of
/// large numbers.
extension StridedBuffer {
  /// Calls `body` with a copy of a sample's first rows, `[frames, vocabulary]`, as sample 0.
  func inSinglePrecision<Result>(
    _ sample: Int, _ frames: Int, _ body: (StridedBuffer<Float>) -> Result
  ) -> Result {
    let vocabulary = layout.vocabulary
    let copy = LogitsLayout(shared: 1, frames: frames, vocabulary: vocabulary)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: vocabulary) { row in
      var values = [Float](repeating: 0, count: frames * vocabulary)
      return values.withUnsafeMutableBufferPointer { values in
        if let row = row.baseAddress {
          for frame in 0..<frames {
            read(sample, frame, into: row)
            for token in 0..<vocabulary { values[frame * vocabulary + token] = Float(row[token]) }
          }
        }
        return body(StridedBuffer<Float>(values, copy))
      }
    }
  }

  /// Writes a sample's first rows, rounded from those of sample 0 of `source`.
  fileprivate func round(_ source: StridedBuffer<Float>, to sample: Int, _ frames: Int) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.vocabulary) { row in
      guard let row = row.baseAddress else { return }
      for frame in 0..<frames {
        source.read(0, frame, into: row)
        write(sample, frame, from: row)
      }
    }
  }
}

extension CTCBatch {
  /// Calls `body` with a sample with one sequence, as sample 0 of a batch in single precision, and
  /// with zeros `[frames, vocabulary]` for its output. The output is rounded to the sample's valid
  /// frames of `output`; other frames become 0.
  func inSinglePrecision<Result>(
    _ sample: Int, into output: StridedBuffer<Element>,
    _ body: (CTCBatch<Float>, StridedBuffer<Float>) -> Result
  ) -> Result {
    let (frames, vocabulary) = (layout.lengths[sample], layout.vocabulary)
    let sequence = LabelBatch([Array(sequences[groups[sample].lowerBound])])
    var results = [Float](repeating: 0, count: frames * vocabulary)
    return results.withUnsafeMutableBufferPointer { results in
      let target = StridedBuffer<Float>(
        results, LogitsLayout(shared: 1, frames: frames, vocabulary: vocabulary))
      defer {
        output.round(target, to: sample, frames)
        output.clear(sample, frames..<layout.time)
      }
      return logits.inSinglePrecision(sample, frames) { logits in
        body(CTCBatch<Float>(loss, logits, sequence), target)
      }
    }
  }
}
