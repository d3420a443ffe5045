import LossKernelInterface

/// The probabilities of each node that arcs need. They are first collected in blocks of eight
/// positions, and then copied to the diagonals along which they are summed.
struct NodePlanes {
  private let sample: UnsafeMutablePointer<GridSample>
  private let memory: GridMemory
  private let columnCount: Int
  private let durationCount: Int

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<GridSample>, _ memory: GridMemory) {
    self.sample = sample
    self.memory = memory
    columnCount = sample.pointee.columnCount
    durationCount = sample.pointee.durationCount
  }

  @inline(__always)
  func block(_ place: Int) -> UnsafeMutablePointer<Double> { memory.block + 16 &* place }

  @inline(__always)
  func loaded(_ place: Int) -> ExtendedLanes {
    ExtendedLanes(mantissa: load(block(place)), exponent: load(block(place) + 8))
  }

  @inline(__always)
  func keep(_ number: ExtendedLanes, _ place: Int) {
    store(number.mantissa, block(place))
    store(number.exponent, block(place) + 8)
  }

  /// Copies the block's probabilities to their diagonals. A label is possible only in its window of
  /// frames, and no label is possible after the last.
  @inline(__always)
  func spread(_ frame: Int, _ positions: Range<Int>) {
    let offsets = memory.offsets + frame
    var factor = 0
    while factor < columnCount &+ durationCount {
      let (mantissas, exponents) = plane(factor)
      let source = block(factor)
      var lane = 0
      for position in positions {
        let place = offsets[position] &+ position
        mantissas[place] = source[lane]
        exponents[place] = source[lane &+ 8]
        lane &+= 1
      }
      if factor < columnCount && sample.pointee.columns[factor] < 0 {
        restrict(frame, positions, exponents)
      }
      factor &+= 1
    }
  }

  @inline(__always)
  private func restrict(
    _ frame: Int, _ positions: Range<Int>, _ exponents: UnsafeMutablePointer<Double>
  ) {
    let labels = sample.pointee.labelCount
    if positions.upperBound > labels {
      exponents[memory.offsets[frame &+ labels] &+ labels] = zeroExponent
    }
    guard let windows = sample.pointee.windows else { return }
    for position in positions where position < labels {
      if frame < windows[2 &* position] || frame >= windows[2 &* position &+ 1] {
        exponents[memory.offsets[frame &+ position] &+ position] = zeroExponent
      }
    }
  }

  /// Sets the probabilities of nodes to zero.
  @inline(__always)
  func clear(_ frame: Int, _ positions: Range<Int>) {
    for factor in 0..<columnCount &+ durationCount {
      let (mantissas, exponents) = plane(factor)
      for position in positions {
        let place = memory.offsets[frame &+ position] &+ position
        mantissas[place] = 1
        exponents[place] = zeroExponent
      }
    }
  }

  @inline(__always)
  private func plane(
    _ factor: Int
  ) -> (mantissas: UnsafeMutablePointer<Double>, exponents: UnsafeMutablePointer<Double>) {
    let mantissas = memory.planes + 2 &* factor &* memory.planeSize
    return (mantissas, mantissas + memory.planeSize)
  }
}
