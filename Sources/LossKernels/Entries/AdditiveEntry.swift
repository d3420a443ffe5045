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
  switch sample.pointee.element {
  case .float: run(sample, Float.self)
  case .double: run(sample, Double.self)
  case .float16:
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      run(sample, Float16.self)
    #endif
  case .bfloat16: run(sample, BFloat16Word.self)
  }
}

@inline(__always)
private func run<Element: KernelElement>(
  _ sample: UnsafeMutablePointer<AdditiveSample>, _ element: Element.Type
) {
  let memory = AdditiveMemory(sample.pointee, base: sample.pointee.memory)
  if sample.pointee.stage == .probabilities {
    guard AdditiveRows<Element>(sample, memory).writeExponentials() else { return }
    let nodes = AdditiveNodes<Element>(sample, memory)
    nodes.multiply()
    guard nodes.writeNormalizers() else { return }
    let grid = sample.pointee.grid
    nodes.writeProbabilities(
      NodePlanes(grid, GridMemory(grid.pointee, base: grid.pointee.memory)))
  } else {
    let grid = sample.pointee.grid
    AdditiveGradient<Element>(
      sample, memory, GridMemory(grid.pointee, base: grid.pointee.memory)
    ).write()
  }
}
