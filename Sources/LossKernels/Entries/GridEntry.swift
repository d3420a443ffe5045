import LossKernelInterface

#if WIDE
  /// Computes a stage of a transducer's sample; needs AVX-512 F, BW, CD, DQ and VL.
  package func runGridKernelAVX512(_ sample: UnsafeMutablePointer<GridSample>) { dispatch(sample) }
#elseif FUSED
  /// Computes a stage of a transducer's sample; needs AVX2, FMA and F16C.
  package func runGridKernelAVX2(_ sample: UnsafeMutablePointer<GridSample>) { dispatch(sample) }
#else
  /// Computes a stage of a transducer's sample.
  package func runGridKernel(_ sample: UnsafeMutablePointer<GridSample>) { dispatch(sample) }
#endif

@inline(__always)
private func dispatch(_ sample: UnsafeMutablePointer<GridSample>) {
  let memory = GridMemory(sample.pointee, base: sample.pointee.memory)
  if sample.pointee.stage == .sums { return runSums(sample, memory) }
  GridRowsTask(sample: sample, memory: memory).run(sample.pointee.element)
}

private func runSums(_ sample: UnsafeMutablePointer<GridSample>, _ memory: GridMemory) {
  let sums = GridSums(sample, memory)
  for factor in 0..<sample.pointee.columnCount &+ sample.pointee.durationCount {
    let planes = memory.planes + (2 &* factor &* memory.planeSize)
    sums.clearBorders(planes, isMantissa: true)
    sums.clearBorders(planes + memory.planeSize, isMantissa: false)
  }
  sums.clearBorders(memory.prefixMantissas, isMantissa: true)
  sums.clearBorders(memory.prefixExponents, isMantissa: false)
  sums.sumForward()
  if sample.pointee.outcome == .done && sample.pointee.gradient != nil { sums.sumBackward() }
}

/// The stages that read or write rows of logits.
private struct GridRowsTask: ElementTask {
  let sample: UnsafeMutablePointer<GridSample>
  let memory: GridMemory

  @inline(__always)
  func run<Element: KernelElement>(_ element: Element.Type) {
    var rows = JoinerRows<Element>(sample, memory)
    if sample.pointee.stage == .rows {
      let probabilities = NodeProbabilities<Element>(sample, memory)
      for frame in sample.pointee.part {
        let positions = sample.pointee.positions(frame)
        if !sample.pointee.isNormalized {
          guard rows.measure(frame, positions) else { return }
        }
        guard probabilities.write(frame, positions) else { return }
      }
    } else {
      let gradient = GridGradient<Element>(sample, memory)
      // From the last frame to the first, because the last rows are still in a cache.
      for frame in sample.pointee.part.reversed() {
        gradient.write(frame, sample.pointee.positions(frame), &rows)
      }
    }
  }
}
