extension CTCBatch {
  /// The most probable path of each sample.
  func bestAlignments() -> [CTCAlignment] {
    let variant = KernelVariant.current
    let threads = min(loss.threads ?? SampleQueue.processorCount, layout.batch)
    let costs = (0..<layout.batch).map { sample in
      let states = loss.topology.stateCount(labels: sequences[sample].count)
      return Double(layout.lengths[sample]) * Double(layout.vocabulary + states)
    }
    return [CTCAlignment](count: layout.batch) { buffer in
      // Safe: each sample writes only its own result.
      nonisolated(unsafe) let results = buffer
      SampleQueue(costs: costs, threads: threads).run { next in
        // Threads of the pool do not inherit task-local values.
        KernelVariant.$forced.withValue(variant) {
          while let sample = next() {
            results.initializeElement(at: sample, to: bestAlignment(sample))
          }
        }
      }
    }
  }

  private func bestAlignment(_ sample: Int) -> CTCAlignment {
    let frames = layout.lengths[sample]
    guard let normalizer = logNormalizer(sample) else { return CTCAlignment(none: .nan) }
    let columns = TargetColumns(
      sequences[sample], blank: loss.blank, vocabulary: layout.vocabulary)
    let lattice = BestPathLattice(
      loss.topology, labels: sequences[sample].map(columns.column), blank: 0)
    let width = columns.tokens.count
    let path = BestPath(lattice, frames: frames, width: width) { block, rows in
      columns.tokens.withUnsafeBufferPointer {
        logits.gather(sample, block, columns: $0, into: rows, stride: width)
      }
    }
    guard let path else { return CTCAlignment(none: -.infinity) }
    var tokens = [Int](repeating: 0, count: frames)
    var labelIndices = [Int?](repeating: nil, count: frames)
    var previous = 0
    for (frame, state) in path.states.enumerated() {
      tokens[frame] = Int(columns.tokens[lattice.column(from: previous, to: Int(state))])
      labelIndices[frame] = lattice.labelIndex(from: previous, to: Int(state))
      previous = Int(state)
    }
    let score = path.score - normalizer
    return CTCAlignment(
      tokens: tokens, labelIndices: labelIndices,
      logProbability: loss.inputs == .logits ? min(0, score) : score)
  }

  /// The sum of the logarithms of the rows' softmax sums, 0 for log-probabilities; nil if a frame
  /// contains NaN or `+inf` or, for logits, only `-inf`.
  private func logNormalizer(_ sample: Int) -> Double? {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.vocabulary) { row in
      guard let row = row.baseAddress else { return 0 }
      var total = 0.0
      for frame in 0..<layout.lengths[sample] {
        logits.read(sample, frame..<frame + 1, into: row)
        guard loss.inputs == .logits else {
          // Log-probabilities of only -inf are impossible, but not undefined.
          guard let largest = largestNumber(row, count: layout.vocabulary), largest < .infinity
          else { return nil }
          continue
        }
        guard let normalizer = RowNormalizer(row, count: layout.vocabulary) else { return nil }
        total += normalizer.largest + normalizer.logSum
      }
      return total
    }
  }
}
