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
  BandTask(sample: sample).run(sample.pointee.element)
}

private struct BandTask: ElementTask {
  let sample: UnsafeMutablePointer<BandSample>

  @inline(__always)
  func run<Element: KernelElement>(_ element: Element.Type) {
    if sample.pointee.isCentred {
      start(Centred<Element>.self)
    } else {
      start(element)
    }
  }

  @inline(__always)
  private func start<Element: KernelElement>(_ element: Element.Type) {
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
}
