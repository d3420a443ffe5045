/// The mean of the predictor's own probabilities over all valid positions of a batch. It replaces
/// the predictor where the encoder is trained alone. Samples that have a position without
/// probabilities, or no finite loss, are excluded.
struct PredictorAverage {
  /// `[vocabulary]`; `-inf` if every position has probability 0.
  let logarithms: [Double]
  /// `[batch][positions]`: the logarithms of the sums of the rows' exponentials; empty for a sample
  /// that is excluded.
  private let normalizers: [[Double]]
  private let logCount: Double

  /// O(positions · vocabulary) exponentials.
  ///
  /// - Parameter positions: The number of positions of each sample; 0 for a sample that is
  ///   excluded.
  init<Element: LogitElement>(
    _ predictor: StridedBuffer<Element>, positions: [Int], threads: Int
  ) {
    let vocabulary = predictor.layout.vocabulary
    let parts = Self.map(positions, vocabulary, threads) { sample in
      var sums = [Double](repeating: 0, count: vocabulary)
      var normalizers: [Double] = []
      var row = sums
      for position in 0..<positions[sample] {
        predictor.read(sample, position, &row)
        normalizers.append(Self.normalizer(row))
        Self.exponentiate(&row, minus: normalizers[position])
        for token in 0..<vocabulary { sums[token] += row[token] }
      }
      return (sums, normalizers.contains(where: \.isNaN) ? [] : normalizers)
    }
    normalizers = parts.map(\.1)
    // In the order of the samples, whichever thread finishes first.
    var sums = [Double](repeating: 0, count: vocabulary)
    for (part, own) in parts where !own.isEmpty {
      for token in 0..<vocabulary { sums[token] += part[token] }
    }
    let logCount = ExtendedRange(Double(normalizers.joined().count)).logarithm
    self.logCount = logCount
    let normalizers = normalizers
    logarithms = (0..<vocabulary).map { token in
      // Smaller sums may have lost exponentials.
      guard sums[token] < 0x1p-900 else {
        return ExtendedRange(sums[token]).logarithm - logCount
      }
      var values: [Double] = []
      var row = [Double](repeating: 0, count: vocabulary)
      for sample in normalizers.indices {
        for position in normalizers[sample].indices {
          predictor.read(sample, position, &row)
          values.append(row[token] - normalizers[sample][position])
        }
      }
      guard let largest = values.max(), largest > -.infinity else { return -.infinity }
      return Self.normalizer(values) - logCount
    }
  }

  /// Whether a sample is included.
  func includes(_ sample: Int) -> Bool { !normalizers[sample].isEmpty }

  /// The logarithm of the sum of some exponentials; NaN if a value is NaN or `+inf`, or if all are
  /// `-inf`.
  static func normalizer(_ values: [Double]) -> Double {
    values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress,
        let largest = largestNumber(base, count: values.count), largest.isFinite
      else { return .nan }
      var sums = SIMD8<Double>.zero
      forEachExponential(base, count: values.count, minus: largest) { _, count, values in
        sums += values
      }
      return largest + ExtendedRange(sums.sum()).logarithm
    }
  }

  /// Replaces values by `exp(value - normalizer)`, where no value is much larger than the
  /// normalizer.
  static func exponentiate(_ values: inout [Double], minus normalizer: Double) {
    values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      forEachExponential(base, count: values.count, minus: normalizer) { index, count, lanes in
        for lane in 0..<count { base[index + lane] = lanes[lane] }
      }
    }
  }

  /// Adds the part of the predictor's gradient that comes from the average, given the derivatives
  /// with respect to its logarithms, one array for each sample that has any.
  ///
  /// - Parameter gradients: The gradients to add to, in single precision; if there are none, those
  ///   in `gradient`.
  func addGradients<Element: LogitElement>(
    _ parts: [[Double]?], to gradients: [[Float]?], _ predictor: StridedBuffer<Element>,
    _ gradient: StridedBuffer<Element>, threads: Int
  ) {
    let vocabulary = predictor.layout.vocabulary
    var whole = [Double](repeating: 0, count: vocabulary)
    for case let part? in parts {
      for token in 0..<vocabulary { whole[token] += part[token] }
    }
    let derivative = whole
    _ = Self.map(normalizers.map(\.count), vocabulary, threads) { sample in
      var row = [Double](repeating: 0, count: vocabulary)
      var shares = row
      var target = row
      for (position, normalizer) in normalizers[sample].enumerated() {
        predictor.read(sample, position, &row)
        // The row's part in the mean of each token.
        for token in 0..<vocabulary { shares[token] = row[token] - logarithms[token] }
        for token in 0..<vocabulary where !(row[token] > -.infinity) { shares[token] = -.infinity }
        Self.exponentiate(&shares, minus: normalizer + logCount)
        var mean = 0.0
        for token in 0..<vocabulary {
          shares[token] *= derivative[token]
          mean += shares[token]
        }
        Self.exponentiate(&row, minus: normalizer)
        if let values = gradients[sample] {
          for token in 0..<vocabulary {
            target[token] = Double(values[position * vocabulary + token])
          }
        } else {
          gradient.read(sample, position, &target)
        }
        for token in 0..<vocabulary { target[token] += shares[token] - mean * row[token] }
        target.withUnsafeBufferPointer { target in
          if let base = target.baseAddress { gradient.write(sample, position, from: base) }
        }
      }
    }
  }

  private static func map<Result>(
    _ positions: [Int], _ vocabulary: Int, _ threads: Int, _ body: (_ sample: Int) -> Result
  ) -> [Result] {
    let costs = positions.map { Double($0) * Double(vocabulary) }
    return SampleQueue(costs: costs, threads: threads).map(body)
  }
}

extension StridedBuffer {
  fileprivate func read(_ sample: Int, _ frame: Int, _ row: inout [Double]) {
    row.withUnsafeMutableBufferPointer { row in
      if let base = row.baseAddress { read(sample, frame, into: base) }
    }
  }
}
