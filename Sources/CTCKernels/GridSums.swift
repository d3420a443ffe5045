import CTCKernelInterface

/// The sums over a transducer's paths, along the diagonals of its grid, and what share of them takes each arc.
///
/// On a diagonal no node leads to another, so eight are summed up at a time. Nodes outside of the grid need no
/// test: no arc that leads there has a probability above zero.
struct GridSums {
  private let sample: UnsafeMutablePointer<GridSample>
  private let memory: GridMemory
  private let frames: Int
  private let labels: Int
  private let arcs: UnsafePointer<GridSample.Arc>
  private let planes: UnsafeMutablePointer<Double>
  private let planeSize: Int
  private let offsets: UnsafeMutablePointer<Int>
  private let arcOffsets: UnsafeMutablePointer<Int>

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<GridSample>, _ memory: GridMemory) {
    self.sample = sample
    self.memory = memory
    frames = sample.pointee.frames
    labels = sample.pointee.labelCount
    arcs = sample.pointee.arcs
    planes = memory.planes
    planeSize = memory.planeSize
    offsets = memory.offsets
    arcOffsets = memory.arcOffsets
  }

  /// Makes all impossible that lies around the grid's nodes, in all planes.
  @inline(__always)
  func clearBorders(_ plane: UnsafeMutablePointer<Double>, isMantissa: Bool) {
    let value = Lanes(repeating: isMantissa ? 1 : zeroExponent)
    for diagonal in 0...frames &+ labels {
      let (first, last) = (max(0, diagonal &- frames), min(labels, diagonal))
      let place = plane + offsets[diagonal]
      store(value, place + (first &- 8))
      store(value, place + (last &+ 1))
      // No arc leaves from behind the last frame.
      if diagonal >= frames { place[first] = isMantissa ? 1 : zeroExponent }
    }
  }

  /// Sums over the paths to each node; the whole is the labels' probability.
  @inline(__always)
  func sumForward() {
    let (mantissas, exponents) = (memory.prefixMantissas, memory.prefixExponents)
    store(Lanes(repeating: 1), mantissas + offsets[0])
    store(Lanes(repeating: zeroExponent), exponents + offsets[0])
    exponents[offsets[0]] = 0
    let used = sample.pointee.arcsInSums
    var diagonal = 1
    while diagonal <= frames &+ labels {
      let (first, last) = (max(0, diagonal &- frames), min(labels, diagonal))
      for arc in used {
        let source = diagonal &- arcs[arc].frames &- arcs[arc].labels
        arcOffsets[arc] = source < 0 ? Int.min : offsets[source] &- arcs[arc].labels
      }
      let target = offsets[diagonal]
      var position = first
      while position <= last {
        var largest = Lanes(repeating: 4 * zeroExponent)
        for arc in used where arcOffsets[arc] != Int.min {
          let place = arcOffsets[arc] &+ position
          let probability = planes + ((2 &* arc &+ 1) &* planeSize &+ place)
          largest = larger(largest, sum(load(exponents + place), load(probability)))
        }
        var total = Lanes.zero
        for arc in used where arcOffsets[arc] != Int.min {
          let place = arcOffsets[arc] &+ position
          let probability = planes + (2 &* arc &* planeSize &+ place)
          let exponent = sum(load(exponents + place), load(probability + planeSize))
          total = multiplyAdd(
            product(load(mantissas + place), load(probability)),
            powerOfTwo(difference(exponent, largest)), total)
        }
        let place = target &+ position
        // Where there is no path at all, no more than its exponent is looked at.
        total = larger(total, Lanes(repeating: 0x1p-1000))
        store(significand(total), mantissas + place)
        store(sum(largest, binaryExponent(total)), exponents + place)
        position &+= 8
      }
      diagonal &+= 1
    }
    let last = offsets[frames &+ labels] &+ labels
    sample.pointee.mantissa = mantissas[last]
    sample.pointee.exponent = exponents[last]
    if exponents[last] < zeroExponent / 2 { sample.pointee.outcome = .infeasible }
  }

  /// Sums over the paths from each node on, and puts each arc's share of all paths in the place of its mantissas.
  @inline(__always)
  func sumBackward() {
    let (stride, rows) = (memory.suffixStride, suffixRows)
    let (mantissas, exponents) = (memory.suffixMantissas, memory.suffixExponents)
    for place in 0..<rows &* stride {
      mantissas[place] = 1
      exponents[place] = zeroExponent
    }
    let used = sample.pointee.arcsInSums
    let scale = Lanes(repeating: sample.pointee.weight / sample.pointee.mantissa)
    let whole = Lanes(repeating: sample.pointee.exponent)
    let (prefixMantissas, prefixExponents) = (memory.prefixMantissas, memory.prefixExponents)
    var diagonal = frames &+ labels
    exponents[(diagonal % rows) &* stride &+ 8 &+ labels] = 0
    while diagonal > 0 {
      diagonal &-= 1
      let (first, last) = (max(0, diagonal &- frames), min(labels, diagonal))
      for arc in used {
        let target = diagonal &+ arcs[arc].frames &+ arcs[arc].labels
        arcOffsets[arc] =
          target > frames &+ labels
          ? Int.min : (target % rows) &* stride &+ 8 &+ arcs[arc].labels
      }
      let node = offsets[diagonal]
      let suffix = (diagonal % rows) &* stride &+ 8
      var position = first
      while position <= last {
        var largest = Lanes(repeating: 4 * zeroExponent)
        for arc in used where arcOffsets[arc] != Int.min {
          let probability = planes + ((2 &* arc &+ 1) &* planeSize &+ node &+ position)
          largest = larger(
            largest, sum(load(exponents + (arcOffsets[arc] &+ position)), load(probability)))
        }
        let prefix = product(load(prefixMantissas + (node &+ position)), scale)
        let offset = difference(load(prefixExponents + (node &+ position)), whole)
        var total = Lanes.zero
        for arc in used {
          let probability = planes + (2 &* arc &* planeSize &+ node &+ position)
          guard arcOffsets[arc] != Int.min else {
            store(Lanes.zero, probability)
            continue
          }
          let exponent = sum(
            load(exponents + (arcOffsets[arc] &+ position)), load(probability + planeSize))
          let term = product(
            load(mantissas + (arcOffsets[arc] &+ position)), load(probability))
          total = multiplyAdd(term, powerOfTwo(difference(exponent, largest)), total)
          // A share is no more than one; what stands in lanes outside of the grid is never looked at.
          let power = powerOfTwo(
            smaller(sum(offset, exponent), Lanes(repeating: 64)))
          store(product(product(prefix, term), power), probability)
        }
        total = larger(total, Lanes(repeating: 0x1p-1000))
        store(significand(total), mantissas + (suffix &+ position))
        store(sum(largest, binaryExponent(total)), exponents + (suffix &+ position))
        position &+= 8
      }
    }
  }

  private var suffixRows: Int {
    var span = 1
    for arc in sample.pointee.arcsInSums {
      let length = arcs[arc].frames &+ arcs[arc].labels
      span = length > span ? length : span
    }
    return span &+ 1
  }
}
