extension PruningBounds {
  /// The predictor's rows for each frame's positions, `[batch, time, range, width]`, from `[batch, positions, width]`.
  ///
  /// A joiner needs them besides the encoder's rows, of which each serves all positions of its frame (k2's
  /// `do_rnnt_pruning`). Positions past the last one have a copy of the last row; no loss reads the joiner's values there.
  ///
  /// - Parameters:
  ///   - predictor: `[batch, positions, width]`.
  ///   - positions: The number of positions that the predictor has for each sample.
  ///   - width: The number of values in a row.
  /// - Throws: ``InputError`` where an array of such sizes has another number of elements, or is too large.
  public func gather<Element: LogitElement>(
    _ predictor: [Element], positions: Int, width: Int
  ) throws(InputError) -> [Element] {
    try check("predictor", predictor.count, batch, positions, width)
    _ = try checkedProduct("range", batch, time, range, width)
    var rows: [Element] = []
    rows.reserveCapacity(batch * time * range * width)
    forEachRow(positions) { place, _ in
      rows += predictor[place * width..<(place + 1) * width]
    }
    return rows
  }

  /// The transposed operation: sums rows `[batch, time, range, width]` of a gradient into `[batch, positions, width]`.
  ///
  /// - Parameters:
  ///   - gradient: `[batch, time, range, width]`.
  ///   - positions: The number of positions that the predictor has for each sample.
  ///   - width: The number of values in a row.
  /// - Throws: ``InputError`` as ``gather(_:positions:width:)``.
  public func scatter<Element: LogitElement>(
    _ gradient: [Element], positions: Int, width: Int
  ) throws(InputError) -> [Element] {
    let rows = try checkedProduct("range", time, range)
    try check("gradient", gradient.count, batch, rows, width)
    let count = try checkedProduct("positions", batch, positions, width)
    guard positions >= 1 || batch == 0 else { throw InputError("positions", "none") }
    var sums = [Double](repeating: 0, count: count)
    forEachRow(positions) { place, row in
      for column in 0..<width {
        sums[place * width + column] += gradient[row * width + column].widened
      }
    }
    return sums.map { Element(nearest: $0) }
  }

  private func check(
    _ argument: String, _ count: Int, _ batch: Int, _ rows: Int, _ width: Int
  ) throws(InputError) {
    let expected = try checkedProduct(argument, batch, rows, width)
    guard rows >= 1 || batch == 0 || time == 0 else { throw InputError(argument, "no rows") }
    guard count == expected else {
      throw InputError(
        argument, "\(count) elements where [\(batch), \(rows), \(width)] has \(expected)")
    }
  }

  /// Calls `body` with each row of `[batch, time, range]` and its row of `[batch, positions]`.
  private func forEachRow(_ positions: Int, _ body: (_ place: Int, _ row: Int) -> Void) {
    var row = 0
    for (sample, first) in firstPositions.enumerated() {
      for position in first {
        for offset in 0..<range {
          body(sample * positions + min(position + offset, positions - 1), row)
          row += 1
        }
      }
    }
  }
}
