import LossKernelInterface

#if WIDE
  /// Computes a stage of an additive transducer's sample; needs AVX-512 F, BW, CD, DQ and VL.
  package func runAdditiveKernelAVX512(_ sample: UnsafeMutablePointer<AdditiveSample>) {
    dispatch(sample)
  }
#elseif FUSED
  /// Computes a stage of an additive transducer's sample; needs AVX2, FMA and F16C.
  package func runAdditiveKernelAVX2(_ sample: UnsafeMutablePointer<AdditiveSample>) {
    dispatch(sample)
  }
#else
  /// Computes a stage of an additive transducer's sample.
  package func runAdditiveKernel(_ sample: UnsafeMutablePointer<AdditiveSample>) {
    dispatch(sample)
  }
#endif

@inline(__always)
private func dispatch(_ sample: UnsafeMutablePointer<AdditiveSample>) {
  AdditiveTask(sample: sample).run(sample.pointee.element)
}

private struct AdditiveTask: ElementTask {
  let sample: UnsafeMutablePointer<AdditiveSample>

  @inline(__always)
  func run<Element: KernelElement>(_ element: Element.Type) {
    let memory = AdditiveMemory(sample.pointee, base: sample.pointee.memory)
    let grid = sample.pointee.grid
    let gridMemory = GridMemory(grid.pointee, base: grid.pointee.memory)
    if sample.pointee.stage == .probabilities {
      guard AdditiveRows<Element>(sample, memory).writeExponentials() else { return }
      let nodes = AdditiveNodes<Element>(sample, memory)
      nodes.multiply()
      guard nodes.writeNormalizers() else { return }
      nodes.writeProbabilities(NodePlanes(grid, gridMemory))
    } else {
      AdditiveGradient<Element>(sample, memory, gridMemory).write()
    }
  }
}
