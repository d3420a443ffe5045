import LossKernelInterface

/// Computes the sums over a transducer's paths along the diagonals of its grid, and the posterior
/// of each probability.
///
/// No arc connects two nodes of the same diagonal, so eight nodes are computed at a time. Nodes
/// outside the grid need no tests: as far as any arc reaches, their probabilities and suffix sums
/// are zero.
struct GridSums {
  private let sample: UnsafeMutablePointer<GridSample>
  private let memory: GridMemory
  private let frames: Int
  private let labels: Int
  private let arcs: UnsafePointer<GridSample.Arc>
  private let used: Range<Int>
  private let planes: UnsafeMutablePointer<Double>
  private let planeSize: Int
  private let padding: Int
  private let columnCount: Int
  private let offsets: UnsafeMutablePointer<Int>
  private let arcOffsets: UnsafeMutablePointer<Int>

  /// Marks an arc that a diagonal does not have.
  private var none: Int { Int.min }

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<GridSample>, _ memory: GridMemory) {
    self.sample = sample
    self.memory = memory
    frames = sample.pointee.frames
    labels = sample.pointee.labelCount
    arcs = sample.pointee.arcs
    used = sample.pointee.arcsInSums
    planes = memory.planes
    planeSize = memory.planeSize
    padding = memory.padding
    columnCount = sample.pointee.columnCount
    offsets = memory.offsets
    arcOffsets = memory.arcOffsets
  }

  /// Sets the probabilities around the nodes of the grid to zero in a plane.
  @inline(__always)
  func clearBorders(_ plane: UnsafeMutablePointer<Double>, isMantissa: Bool) {
    let value = Lanes(repeating: isMantissa ? 1 : zeroExponent)
    var diagonal = 0
    while diagonal <= frames &+ labels {
      let place = plane + offsets[diagonal]
      var lane = 0
      while lane < padding {
        store(value, place + (first(diagonal) &- padding &+ lane))
        store(value, place + (last(diagonal) &+ 1 &+ lane))
        lane &+= 8
      }
      // No arc leaves a node after the last frame.
      if diagonal >= frames { place[first(diagonal)] = isMantissa ? 1 : zeroExponent }
      diagonal &+= 1
    }
  }

  @inline(__always)
  private func first(_ diagonal: Int) -> Int { diagonal > frames ? diagonal &- frames : 0 }

  @inline(__always)
  private func last(_ diagonal: Int) -> Int { diagonal < labels ? diagonal : labels }

  /// The probability of an arc at eight nodes; the mantissa is in 1..<8.
  @inline(__always)
  private func probability(_ arc: Int, _ place: Int) -> ExtendedLanes {
    let token = planes + (2 &* arcs[arc].token &* planeSize &+ place)
    var mantissa = load(token)
    var exponent = load(token + planeSize)
    if arcs[arc].duration >= 0 {
      let duration = planes + (2 &* (columnCount &+ arcs[arc].duration) &* planeSize &+ place)
      mantissa = product(mantissa, load(duration))
      exponent = sum(exponent, load(duration + planeSize))
    }
    if arcs[arc].hasFactor {
      mantissa = product(mantissa, Lanes(repeating: arcs[arc].factorMantissa))
      exponent = sum(exponent, Lanes(repeating: arcs[arc].factorExponent))
    }
    return ExtendedLanes(mantissa: mantissa, exponent: exponent)
  }

  /// Normalizes a sum that was computed with the largest exponent of its terms. Without terms, only
  /// its exponent is meaningful.
  @inline(__always)
  private func normalized(_ total: Lanes, _ largest: Lanes) -> ExtendedLanes {
    ExtendedLanes(positive: larger(total, Lanes(repeating: 0x1p-1000)), exponent: largest)
  }

  /// Computes the prefix sums of all nodes. The last one is the probability of the labels.
  @inline(__always)
  func sumForward() {
    let (mantissas, exponents) = (memory.prefixMantissas, memory.prefixExponents)
    store(Lanes(repeating: 1), mantissas + offsets[0])
    store(Lanes(repeating: zeroExponent), exponents + offsets[0])
    exponents[offsets[0]] = 0
    var diagonal = 1
    while diagonal <= frames &+ labels {
      for arc in used {
        let source = diagonal &- arcs[arc].frames &- arcs[arc].labels
        let isThere = source >= 0 && (arcs[arc].mayEnd || diagonal < frames &+ labels)
        arcOffsets[arc] = isThere ? offsets[source] &- arcs[arc].labels : none
      }
      let (target, end) = (offsets[diagonal], last(diagonal))
      var position = first(diagonal)
      while position <= end {
        var largest = Lanes(repeating: 4 * zeroExponent)
        for arc in used where arcOffsets[arc] != none {
          let place = arcOffsets[arc] &+ position
          largest = larger(
            largest, sum(load(exponents + place), probability(arc, place).exponent))
        }
        var total = Lanes.zero
        for arc in used where arcOffsets[arc] != none {
          let place = arcOffsets[arc] &+ position
          let probability = probability(arc, place)
          let exponent = sum(load(exponents + place), probability.exponent)
          total = multiplyAdd(
            product(load(mantissas + place), probability.mantissa),
            powerOfTwo(difference(exponent, largest)), total)
        }
        let result = normalized(total, largest)
        store(result.mantissa, mantissas + (target &+ position))
        store(result.exponent, exponents + (target &+ position))
        position &+= 8
      }
      diagonal &+= 1
    }
    let whole = offsets[frames &+ labels] &+ labels
    sample.pointee.mantissa = mantissas[whole]
    sample.pointee.exponent = exponents[whole]
    if exponents[whole] < zeroExponent / 2 { sample.pointee.outcome = .infeasible }
  }

  /// Computes the suffix sums of all nodes, and the posterior of each probability.
  @inline(__always)
  func sumBackward() {
    let (stride, rows) = (memory.suffixStride, suffixRows)
    let (mantissas, exponents) = (memory.suffixMantissas, memory.suffixExponents)
    for place in 0..<rows &* stride {
      mantissas[place] = 1
      exponents[place] = zeroExponent
    }
    let factors = columnCount &+ sample.pointee.durationCount
    let shares = memory.shares
    var diagonal = frames &+ labels
    exponents[(diagonal % rows) &* stride &+ 8 &+ labels] = 0
    while diagonal > 0 {
      diagonal &-= 1
      for arc in used {
        let target = diagonal &+ arcs[arc].frames &+ arcs[arc].labels
        let isThere =
          target < frames &+ labels || (target == frames &+ labels && arcs[arc].mayEnd)
        arcOffsets[arc] =
          isThere ? (target % rows) &* stride &+ 8 &+ arcs[arc].labels : none
      }
      let (node, end) = (offsets[diagonal], last(diagonal))
      let suffix = (diagonal % rows) &* stride &+ 8
      var position = first(diagonal)
      while position <= end {
        if !sample.pointee.addsShares {
          for factor in 0..<factors {
            store(Lanes.zero, shares + (factor &* planeSize &+ node &+ position))
          }
        }
        let total = sumBlock(node &+ position, position)
        store(total.mantissa, mantissas + (suffix &+ position))
        store(total.exponent, exponents + (suffix &+ position))
        position &+= 8
      }
    }
  }

  /// Computes the suffix sums of eight nodes, and adds the posteriors of their arcs to those of
  /// other arcs.
  @inline(__always)
  private func sumBlock(_ node: Int, _ position: Int) -> ExtendedLanes {
    let (mantissas, exponents) = (memory.suffixMantissas, memory.suffixExponents)
    let shares = memory.shares
    var largest = Lanes(repeating: 4 * zeroExponent)
    for arc in used where arcOffsets[arc] != none {
      largest = larger(
        largest,
        sum(load(exponents + (arcOffsets[arc] &+ position)), probability(arc, node).exponent))
    }
    let prefix = product(
      load(memory.prefixMantissas + node),
      Lanes(repeating: sample.pointee.weight / sample.pointee.mantissa))
    let offset = difference(
      load(memory.prefixExponents + node), Lanes(repeating: sample.pointee.exponent))
    var total = Lanes.zero
    for arc in used where arcOffsets[arc] != none {
      let probability = probability(arc, node)
      let exponent = sum(
        load(exponents + (arcOffsets[arc] &+ position)), probability.exponent)
      let term = product(
        load(mantissas + (arcOffsets[arc] &+ position)), probability.mantissa)
      total = multiplyAdd(term, powerOfTwo(difference(exponent, largest)), total)
      // A posterior is at most one. The values of lanes outside the grid are never used.
      let power = powerOfTwo(smaller(sum(offset, exponent), Lanes(repeating: 64)))
      let share = product(product(prefix, term), power)
      let token = shares + (arcs[arc].token &* planeSize &+ node)
      store(sum(load(token), share), token)
      if arcs[arc].duration >= 0 {
        let duration = shares + ((columnCount &+ arcs[arc].duration) &* planeSize &+ node)
        store(sum(load(duration), share), duration)
      }
    }
    return normalized(total, largest)
  }

  private var suffixRows: Int {
    var span = 1
    for arc in used {
      let length = arcs[arc].frames &+ arcs[arc].labels
      span = length > span ? length : span
    }
    return span &+ 1
  }
}
