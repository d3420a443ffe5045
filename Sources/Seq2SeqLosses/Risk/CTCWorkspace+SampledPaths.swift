extension CTCWorkspace {
  /// Draws independent paths from the model's own distribution, with any labels: each frame's token
  /// is drawn from the frame's probabilities. `[count][frames]`, empty if the sample has no
  /// softmax.
  ///
  /// O(frames · (vocabulary + count · log vocabulary)).
  func sampledPaths(count: Int, using generator: inout SplitMix64) -> [[Int]] {
    guard !isInvalid else { return [] }
    var paths = [[Int]](repeating: [], count: count)
    for frame in 0..<frames {
      readSoftmax(frame, times: 1)
      var total = 0.0
      for token in 0..<sample.vocabulary {
        total += row[token]
        row[token] = total
      }
      // If all log-probabilities are `-inf`, there is no path.
      guard total > 0 else { return [] }
      for draw in 0..<count {
        let target = generator.nextUniform() * total
        var (low, high) = (0, sample.vocabulary - 1)
        // The first token whose cumulative probability exceeds the random number. A token of
        // probability 0 is never chosen.
        while low < high {
          let middle = (low + high) / 2
          if row[middle] > target { high = middle } else { low = middle + 1 }
        }
        paths[draw].append(low)
      }
    }
    return paths
  }
}
