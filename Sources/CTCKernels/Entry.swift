import CTCKernelInterface

#if WIDE
  /// Computes a sample; needs AVX-512 F, BW, CD, DQ and VL.
  package func runCTCKernelAVX512(_ sample: UnsafeMutablePointer<KernelSample>) {
    dispatch(sample)
  }
#elseif FUSED
  /// Computes a sample; needs AVX2, FMA and F16C.
  package func runCTCKernelAVX2(_ sample: UnsafeMutablePointer<KernelSample>) {
    dispatch(sample)
  }
#else
  /// Computes a sample.
  package func runCTCKernel(_ sample: UnsafeMutablePointer<KernelSample>) {
    dispatch(sample)
  }
#endif

@inline(__always)
private func dispatch(_ sample: UnsafeMutablePointer<KernelSample>) {
  switch sample.pointee.element {
  case .float: dispatch(sample, Float.self)
  case .double: dispatch(sample, Double.self)
  case .float16:
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      dispatch(sample, Float16.self)
    #endif
  case .bfloat16: dispatch(sample, BFloat16Word.self)
  }
}

@inline(__always)
private func dispatch<Element: KernelElement>(
  _ sample: UnsafeMutablePointer<KernelSample>, _ element: Element.Type
) {
  if sample.pointee.isCentred {
    run(sample, Centred<Element>.self)
  } else {
    run(sample, Element.self)
  }
}

@inline(__always)
private func run<Element: KernelElement>(
  _ sample: UnsafeMutablePointer<KernelSample>, _ element: Element.Type
) {
  if sample.pointee.direction == nil {
    run(SampleKernel<Element>(sample), Sums.self)
  } else {
    run(SampleKernel<Element>(sample), SumsAndTangents.self)
  }
}

@inline(__always)
private func run<Element: KernelElement, Number: LatticeNumber>(
  _ kernel: SampleKernel<Element>, _ number: Number.Type
) {
  var kernel = kernel
  switch kernel.sample.pointee.topology {
  case .classic: kernel.run(ClassicTopology.self, number)
  case .simplified: kernel.run(SimplifiedTopology.self, number)
  }
}
