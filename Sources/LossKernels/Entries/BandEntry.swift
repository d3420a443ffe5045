import LossKernelInterface

#if WIDE
  /// Computes a sample; needs AVX-512 F, BW, CD, DQ and VL.
  package func runBandKernelAVX512(_ sample: UnsafeMutablePointer<BandSample>) {
    dispatch(sample)
  }
#elseif FUSED
  /// Computes a sample; needs AVX2, FMA and F16C.
  package func runBandKernelAVX2(_ sample: UnsafeMutablePointer<BandSample>) {
    dispatch(sample)
  }
#else
  /// Computes a sample.
  package func runBandKernel(_ sample: UnsafeMutablePointer<BandSample>) {
    dispatch(sample)
  }
#endif

@inline(__always)
private func dispatch(_ sample: UnsafeMutablePointer<BandSample>) {
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
  _ sample: UnsafeMutablePointer<BandSample>, _ element: Element.Type
) {
  if sample.pointee.isCentred {
    run(sample, Centred<Element>.self)
  } else {
    run(sample, Element.self)
  }
}

@inline(__always)
private func run<Element: KernelElement>(
  _ sample: UnsafeMutablePointer<BandSample>, _ element: Element.Type
) {
  if sample.pointee.direction == nil {
    run(BandKernel<Element>(sample), Sums.self)
  } else {
    run(BandKernel<Element>(sample), SumsAndTangents.self)
  }
}

@inline(__always)
private func run<Element: KernelElement, Number: LatticeNumber>(
  _ kernel: BandKernel<Element>, _ number: Number.Type
) {
  var kernel = kernel
  switch kernel.sample.pointee.topology {
  case .classic: kernel.run(ClassicTopology.self, number)
  case .simplified: kernel.run(SimplifiedTopology.self, number)
  }
}
