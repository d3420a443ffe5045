import LossKernelInterface

/// The gradients of an additive transducer. For each node, the softmax times the posterior that a
/// path leaves the node is summed over positions and over frames by two matrix products. Then the
/// posteriors of each blank and label are subtracted.
struct AdditiveGradient<Element: KernelElement> {
  typealias Row = Element.Row

  let sample: UnsafeMutablePointer<AdditiveSample>
  let memory: AdditiveMemory
  let frames: Int
  let positions: Int
  let vocabulary: Int
  let nodeStride: Int
  let rowStride: Int
  private let weights: UnsafeMutablePointer<Row>
  let left: UnsafeMutablePointer<Row>
  let right: UnsafeMutablePointer<Row>
  private let results: UnsafeMutablePointer<Row>
  let hasAverage: Bool
  private let offsets: UnsafeMutablePointer<Int>
  private let ofBlanks: UnsafeMutablePointer<Double>
  private let ofLabels: UnsafeMutablePointer<Double>
  private let labelFactor: Double

  @inline(__always)
  init(
    _ sample: UnsafeMutablePointer<AdditiveSample>, _ memory: AdditiveMemory, _ grid: GridMemory
  ) {
    offsets = grid.offsets
    ofBlanks = grid.shares
    ofLabels = grid.shares + grid.planeSize
    labelFactor = sample.pointee.labelFactor
    self.sample = sample
    self.memory = memory
    frames = sample.pointee.frames
    positions = sample.pointee.positions
    vocabulary = sample.pointee.vocabulary
    nodeStride = memory.nodeStride
    rowStride = memory.rowStride
    weights = memory.weights.assumingMemoryBound(to: Row.self)
    left = memory.encoderRows.assumingMemoryBound(to: Row.self)
    right = memory.predictorRows.assumingMemoryBound(to: Row.self)
    results = memory.gradientRows.assumingMemoryBound(to: Row.self)
    hasAverage = sample.pointee.average != nil
  }

  /// The posteriors that a path leaves a node by its blank, and by its label (weighted by
  /// FastEmit).
  @inline(__always)
  func shares(_ frame: Int, _ position: Int) -> (blank: Double, label: Double) {
    let place = offsets[frame &+ position] &+ position
    return (ofBlanks[place], ofLabels[place] * labelFactor)
  }

  /// Posteriors this small change nothing in a row of the gradient, because the posteriors of all
  /// rows together are at least one.
  @inline(__always)
  var negligible: Double { Row.negligible * 0x1p16 }

  @inline(__always)
  func write() {
    guard let encoder = sample.pointee.encoderGradient,
      let predictor = sample.pointee.predictorGradient
    else { return }
    weigh()
    writeEncoder(encoder.assumingMemoryBound(to: Element.self))
    writePredictor(predictor.assumingMemoryBound(to: Element.self))
  }

  // MARK: Weights

  /// Writes each node's posterior divided by its sum, and the range of values above 0.
  @inline(__always)
  private func weigh() {
    let zero = Row(rounding: 0)
    let (joint, acoustic, language) = (
      sample.pointee.jointShare, sample.pointee.encoderShare, sample.pointee.predictorShare
    )
    for place in 0..<(frames &+ 1 &+ AdditiveMemory.spareRows) &* nodeStride {
      weights[place] = zero
    }
    for index in 0..<(frames &+ 1 &+ AdditiveMemory.spareRows) {
      memory.frameRanges[2 &* index] = nodeStride
      memory.frameRanges[2 &* index &+ 1] = 0
    }
    for index in 0..<(positions &+ 1 &+ AdditiveMemory.spareRows) {
      memory.positionRanges[2 &* index] = frames
      memory.positionRanges[2 &* index &+ 1] = 0
    }
    // The posteriors of all frames of a position are combined with the predictor alone.
    let alone = memory.labelTerms
    for position in 0..<positions { alone[position] = 0 }
    for frame in 0..<frames {
      let sums = memory.sums + frame &* nodeStride
      let row = weights + frame &* nodeStride
      var whole = 0.0
      for position in 0..<positions {
        let (blank, label) = shares(frame, position)
        let mass = blank + label
        guard mass > negligible else { continue }
        whole += mass
        alone[position] += mass
        widen(frame, position)
        // A node that was computed directly has no sum.
        if sums[position] > 0 { row[position] = Row(rounding: joint * mass / sums[position]) }
      }
      if hasAverage && whole > 0 {
        widen(frame, positions)
        if sums[positions] > 0 {
          row[positions] = Row(rounding: acoustic * whole / sums[positions])
        }
      }
    }
    guard language > 0 else { return }
    let (sums, row) = (memory.sums + frames &* nodeStride, weights + frames &* nodeStride)
    for position in 0..<positions where alone[position] > 0 {
      widen(frames, position)
      row[position] = Row(rounding: language * alone[position] / sums[position])
    }
  }

  @inline(__always)
  private func widen(_ frame: Int, _ position: Int) {
    let (ofFrame, ofPosition) = (
      memory.frameRanges + 2 &* frame, memory.positionRanges + 2 &* position
    )
    ofFrame[0] = min(ofFrame[0], position)
    ofFrame[1] = max(ofFrame[1], position &+ 1)
    ofPosition[0] = min(ofPosition[0], frame)
    ofPosition[1] = max(ofPosition[1], frame &+ 1)
  }

  /// The range in which some row of a tile has weights.
  @inline(__always)
  private func union(_ ranges: UnsafeMutablePointer<Int>, _ first: Int) -> Range<Int> {
    var (begin, end) = (ranges[2 &* first], ranges[2 &* first &+ 1])
    for row in first &+ 1..<first &+ VectorTile<Row>.rows {
      begin = min(begin, ranges[2 &* row])
      end = max(end, ranges[2 &* row &+ 1])
    }
    return begin..<max(begin, end)
  }

  // MARK: Products

  /// For each frame: the weights times the predictor's exponentials.
  @inline(__always)
  private func writeEncoder(_ gradient: UnsafeMutablePointer<Element>) {
    let strip = 4 &* Row.width
    var frame = 0
    while frame < frames {
      let range = union(memory.frameRanges, frame)
      var token = 0
      while token < memory.paddedVocabulary {
        var tile = VectorTile<Row>()
        for position in range {
          tile.add(
            numbers: weights + (frame &* nodeStride &+ position), stride: nodeStride,
            times: FourVectors(right + (position &* rowStride &+ token), stride: Row.width))
        }
        tile.store(results + token, stride: rowStride)
        token &+= strip
      }
      for row in 0..<min(VectorTile<Row>.rows, frames &- frame) {
        finishEncoder(
          frame &+ row, results + row &* rowStride,
          gradient + (frame &+ row) &* sample.pointee.encoderGradientStride)
      }
      frame &+= VectorTile<Row>.rows
    }
  }

  /// For each position: the weights times the encoder's exponentials. Strips of these stay in the
  /// second-level cache while all positions use them.
  @inline(__always)
  private func writePredictor(_ gradient: UnsafeMutablePointer<Element>) {
    let strip = 4 &* Row.width
    let rows = hasAverage ? positions &+ 1 : positions
    var token = 0
    while token < memory.paddedVocabulary {
      var position = 0
      while position < rows {
        var tile = VectorTile<Row>()
        for frame in union(memory.positionRanges, position) {
          tile.add(
            numbers: weights + (frame &* nodeStride &+ position), stride: 1,
            times: FourVectors(left + (frame &* rowStride &+ token), stride: Row.width))
        }
        tile.store(results + (position &* rowStride &+ token), stride: rowStride)
        position &+= VectorTile<Row>.rows
      }
      token &+= strip
    }
    for position in 0..<positions {
      finishPredictor(
        position, results + position &* rowStride,
        gradient + position &* sample.pointee.predictorGradientStride)
    }
    if hasAverage { finishAverage(results + positions &* rowStride) }
  }
}
