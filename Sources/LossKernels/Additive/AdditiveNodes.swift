import LossKernelInterface

/// The nodes of an additive transducer: their normalizers, from a matrix product of exponentials,
/// and the probabilities of their blanks and labels.
struct AdditiveNodes<Element: KernelElement> {
  typealias Row = Element.Row

  private let sample: UnsafeMutablePointer<AdditiveSample>
  private let memory: AdditiveMemory
  private let frames: Int
  private let positions: Int
  private let nodeStride: Int
  private let hasAverage: Bool

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<AdditiveSample>, _ memory: AdditiveMemory) {
    self.sample = sample
    self.memory = memory
    frames = sample.pointee.frames
    positions = sample.pointee.positions
    nodeStride = memory.nodeStride
    hasAverage = sample.pointee.average != nil
  }

  /// The frames, plus one row of ones if the predictor alone is needed.
  @inline(__always)
  private var rowCount: Int { sample.pointee.predictorShare > 0 ? frames &+ 1 : frames }
  /// The positions, plus the average.
  @inline(__always)
  private var columnCount: Int { hasAverage ? positions &+ 1 : positions }

  /// `sums[t, u]`: the sum over the vocabulary of the products of exponentials.
  ///
  /// The vocabulary is divided into parts, so that the frames of a tile stay in the first-level
  /// cache while all positions use them, and at most 64 numbers are added before they are widened.
  @inline(__always)
  func multiply() {
    let (rowStride, vocabulary) = (memory.rowStride, memory.paddedVocabulary)
    let (left, right) = (
      memory.encoderRows.assumingMemoryBound(to: Row.self),
      memory.predictorRows.assumingMemoryBound(to: Row.self)
    )
    let height = VectorTile<Row>.rows
    for place in 0..<(frames &+ 1 &+ AdditiveMemory.spareRows) &* nodeStride {
      memory.sums[place] = 0
    }
    let part = 64 &* Row.width
    var first = 0
    while first < vocabulary {
      let end = min(first &+ part, vocabulary)
      var frame = 0
      while frame < rowCount {
        let x = UnsafePointer(left + (frame &* rowStride))
        var position = 0
        while position < columnCount {
          let y = UnsafePointer(right + (position &* rowStride))
          var tile = VectorTile<Row>()
          var token = first
          while token < end {
            tile.add(
              vectors: x + token, stride: rowStride,
              times: FourVectors(y + token, stride: rowStride))
            token &+= Row.width
          }
          tile.addSums(memory.sums + (frame &* nodeStride &+ position), stride: nodeStride)
          position &+= 4
        }
        frame &+= height
      }
      first = end
    }
  }

  /// Takes the logarithms of the sums; false if a node has no probabilities.
  ///
  /// Products below the smallest number are lost, and so are factors. Each is smaller than that
  /// number, so a sum that is much larger has lost nothing that matters. If a sum is smaller, the
  /// node is computed directly.
  @inline(__always)
  func writeNormalizers() -> Bool {
    let least =
      Double(sample.pointee.vocabulary) * (Row.depth == 126 ? 0x1p-96 : 0x1p-900)
    let rows = AdditiveRows<Element>(sample, memory)
    let columns = columnCount
    for frame in 0..<rowCount {
      let (sums, target) = (
        memory.sums + frame &* nodeStride, memory.normalizers + frame &* nodeStride
      )
      let shift = Lanes(repeating: memory.encoderShifts[frame])
      var position = 0
      while position < columns {
        let total = larger(load(sums + position), Lanes(repeating: 0x1p-1000))
        let power = sum(shift, load(memory.predictorShifts + position))
        store(
          multiplyAdd(power, Lanes(repeating: 0.6931471805599453), logarithm(total)),
          target + position)
        position &+= 8
      }
      for position in 0..<columns where !(sums[position] >= least) {
        // The values of frames that are not combined with the average are not used.
        if frame == frames { continue }
        let normalizer = rows.normalizer(frame, position)
        guard normalizer > -.infinity else {
          sample.pointee.outcome = .invalid
          return false
        }
        target[position] = normalizer
        sums[position] = 0
        sample.pointee.exactCount &+= 1
      }
    }
    return true
  }

  /// The largest magnitude of a term for which sums with other terms have an exponential in range:
  /// see ``ExtendedLanes``.
  @inline(__always)
  private static var largestTerm: Double { 0x1p28 }

  /// Writes the probabilities of all blanks and labels; false if one is out of range.
  @inline(__always)
  func writeProbabilities(_ planes: NodePlanes) {
    let (joint, acoustic, language) = (
      sample.pointee.jointShare, sample.pointee.encoderShare, sample.pointee.predictorShare
    )
    let (blank, labels) = (sample.pointee.blank, sample.pointee.labels)
    let labelCount = sample.pointee.labelCount
    let predictor = UnsafePointer(
      sample.pointee.predictor.assumingMemoryBound(to: Element.self))
    let alone = memory.normalizers + frames &* nodeStride
    for position in 0..<nodeStride {
      guard position < positions else {
        memory.blankTerms[position] = 0
        memory.labelTerms[position] = -.infinity
        continue
      }
      let row = predictor + position &* sample.pointee.predictorStride
      let normalizer = language > 0 ? language * alone[position] : 0
      memory.blankTerms[position] = term(row, blank) - normalizer
      memory.labelTerms[position] =
        position < labelCount ? term(row, labels[position]) - normalizer : -.infinity
    }
    for frame in 0..<frames {
      let row =
        UnsafePointer(sample.pointee.encoder.assumingMemoryBound(to: Element.self))
        + frame &* sample.pointee.encoderStride
      let normalizers = memory.normalizers + frame &* nodeStride
      let terms = memory.frameTerms
      let normalizer = hasAverage ? acoustic * normalizers[positions] : 0
      let scale = joint + acoustic
      let ofBlank = Lanes(repeating: checked(scaled(scale, row[blank].row.double)) - normalizer)
      for position in 0..<labelCount {
        terms[position] = checked(scaled(scale, row[labels[position]].row.double)) - normalizer
      }
      var position = 0
      while position < positions {
        let shared = product(Lanes(repeating: -joint), load(normalizers + position))
        planes.keep(
          ExtendedLanes(
            exponentialOf: sum(sum(ofBlank, shared), load(memory.blankTerms + position))), 0)
        planes.keep(
          ExtendedLanes(
            exponentialOf: sum(
              sum(load(terms + position), shared), load(memory.labelTerms + position))), 1)
        planes.spread(frame, position..<min(position &+ 8, positions))
        position &+= 8
      }
    }
  }

  /// The term of a predictor's row, and of the average, in the logarithm of a token's probability.
  @inline(__always)
  private func term(_ row: UnsafePointer<Element>, _ token: Int) -> Double {
    let value = scaled(
      sample.pointee.jointShare + sample.pointee.predictorShare, row[token].row.double)
    guard let average = sample.pointee.average else { return checked(value) }
    return checked(value + scaled(sample.pointee.encoderShare, average[token]))
  }

  /// The term. If it is too far from 0 but not `-inf`, the general engine computes the sample.
  @inline(__always)
  private func checked(_ term: Double) -> Double {
    if term.magnitude > Self.largestTerm && term > -.infinity { sample.pointee.outcome = .wide }
    return term
  }

  /// A term with weight zero does not count, even if it is infinite.
  @inline(__always)
  private func scaled(_ share: Double, _ value: Double) -> Double {
    share > 0 ? share * value : 0
  }
}
