import CLibrary
import LossKernelInterface
import LossKernels

#if canImport(LossKernelsAVX2)
  import LossKernelsAVX2
  import LossKernelsAVX512
  import _Builtin_intrinsics.intel.cpuid
#endif

/// The builds of the kernels for different processors.
package enum KernelVariant: String, CaseIterable, Sendable {
  /// No kernels: the general engine computes everything.
  case general
  /// The build for every processor of the architecture.
  case baseline
  /// 256-bit vectors and fused multiplication on x86-64.
  case avx2
  /// 512-bit vectors.
  case avx512

  /// The best variant that this processor supports.
  package static let best: KernelVariant =
    [.avx512, .avx2].first(where: \.isSupported) ?? .baseline

  /// The value of the environment variable `SEQ2SEQ_KERNELS`, read once, at first use.
  private static let choice = named(getenv(variable).map { String(cString: $0) })
  private static let variable = "SEQ2SEQ_KERNELS"

  /// The variant that the environment variable `SEQ2SEQ_KERNELS` names; otherwise ``best``.
  package static var standard: KernelVariant { choice.variant }

  /// Throws if the environment variable names a variant that is unknown or not supported.
  package static func check() throws(InputError) {
    if let problem = choice.problem { throw InputError(variable, problem) }
  }

  /// The variant with this name, or ``best`` without a name; and the problem with the name, if
  /// there is one.
  package static func named(_ name: String?) -> (variant: KernelVariant, problem: String?) {
    guard let name, !name.isEmpty else { return (best, nil) }
    guard let variant = KernelVariant(rawValue: name) else {
      let names = allCases.map(\.rawValue).joined(separator: ", ")
      return (best, "\"\(name)\" is not one of \(names)")
    }
    guard variant.isSupported else {
      return (best, "this processor or this build does not support \(name)")
    }
    return (variant, nil)
  }

  /// Replaces ``standard`` in tests and benchmarks.
  @TaskLocal package static var forced: KernelVariant?

  package static var current: KernelVariant { forced ?? standard }

  /// Whether this build contains the variant and this processor supports it.
  package var isSupported: Bool {
    switch self {
    case .general, .baseline: true
    case .avx2: Self.hasAVX2
    case .avx512: Self.hasAVX2 && Self.hasAVX512
    }
  }

  /// Computes a sample, or leaves it to the general engine.
  func run(_ sample: inout BandSample) {
    // In a sample of a few frames nothing becomes subnormal, and the switch would be a tenth of the
    // time.
    if sample.frames < 64 || sample.element == .float16 {
      compute(&sample)
    } else {
      SubnormalNumbers.flush { compute(&sample) }
    }
  }

  private func compute(_ sample: inout BandSample) {
    if self == .general { sample.outcome = .wide } else { kernels.sample(&sample) }
  }

  /// Advances the scores of a best path through some frames.
  func run(_ block: inout BestPathBlock) { kernels.bestPath(&block) }

  /// Computes a stage of a transducer's sample.
  func run(_ sample: inout GridSample) {
    if sample.element == .float16 && sample.stage != .sums {
      kernels.grid(&sample)
    } else {
      SubnormalNumbers.flush { kernels.grid(&sample) }
    }
  }

  /// Computes a stage of an additive transducer's sample.
  func run(_ sample: inout AdditiveSample) {
    if sample.element == .float16 {
      kernels.additive(&sample)
    } else {
      SubnormalNumbers.flush { kernels.additive(&sample) }
    }
  }

  /// Scans rows.
  func run(_ scan: inout RowScan) { kernels.rowScan(&scan) }

  /// `sums[i] = log(exp(left[i]) + exp(right[i]))` for `count` values; -inf is a probability of 0.
  /// `sums` must not overlap the inputs.
  package func addLogarithms(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
    into sums: UnsafeMutablePointer<Double>, count: Int
  ) {
    kernels.logAddition(left, right, sums, count)
  }

  /// The sum of `exp(row[i] - largest)` for `count` values. `largest` is finite, and no value is
  /// NaN or above it.
  func exponentialSum(_ row: UnsafePointer<Double>, count: Int, largest: Double) -> Double {
    kernels.exponentialSum(row, count, largest)
  }

  /// The functions of one build.
  private struct Kernels: Sendable {
    let sample: @Sendable (UnsafeMutablePointer<BandSample>) -> Void
    let grid: @Sendable (UnsafeMutablePointer<GridSample>) -> Void
    let additive: @Sendable (UnsafeMutablePointer<AdditiveSample>) -> Void
    let bestPath: @Sendable (UnsafeMutablePointer<BestPathBlock>) -> Void
    let rowScan: @Sendable (UnsafeMutablePointer<RowScan>) -> Void
    let logAddition:
      @Sendable (
        UnsafePointer<Double>, UnsafePointer<Double>, UnsafeMutablePointer<Double>, Int
      ) -> Void
    let exponentialSum: @Sendable (UnsafePointer<Double>, Int, Double) -> Double

    static let baseline = Kernels(
      sample: runBandKernel, grid: runGridKernel, additive: runAdditiveKernel,
      bestPath: runBestPath, rowScan: runRowScan, logAddition: runLogAddition,
      exponentialSum: runExponentialSum)
    #if canImport(LossKernelsAVX2)
      static let avx2 = Kernels(
        sample: runBandKernelAVX2, grid: runGridKernelAVX2, additive: runAdditiveKernelAVX2,
        bestPath: runBestPathAVX2, rowScan: runRowScanAVX2, logAddition: runLogAdditionAVX2,
        exponentialSum: runExponentialSumAVX2)
      static let avx512 = Kernels(
        sample: runBandKernelAVX512, grid: runGridKernelAVX512, additive: runAdditiveKernelAVX512,
        bestPath: runBestPathAVX512, rowScan: runRowScanAVX512, logAddition: runLogAdditionAVX512,
        exponentialSum: runExponentialSumAVX512)
    #else
      static let avx2 = baseline
      static let avx512 = baseline
    #endif
  }

  private var kernels: Kernels {
    switch self {
    case .general, .baseline: .baseline
    case .avx2: .avx2
    case .avx512: .avx512
    }
  }

  /// The additions of x86-64-v3 (FMA, MOVBE, OSXSAVE, AVX, F16C; BMI1, AVX2, BMI2; LZCNT), and an
  /// operating system that saves the registers.
  private static let hasAVX2 =
    processorHas(leaf: 1, .ecx, bits: [12, 22, 27, 28, 29])
    && processorHas(leaf: 7, .ebx, bits: [3, 5, 8])
    && processorHas(leaf: 0x8000_0001, .ecx, bits: [5])
    && cpuid(0xD, .ebx) >= 832

  /// The additions of x86-64-v4 (AVX-512 F, DQ, CD, BW and VL), and an operating system that saves
  /// the registers. The layout of the saved registers differs between manufacturers, so the
  /// compacted size is compared: 576 bytes of SSE, 256 of AVX, 1600 of AVX-512. Everything else
  /// together is smaller than the last.
  private static let hasAVX512 =
    processorHas(leaf: 7, .ebx, bits: [16, 17, 28, 30, 31]) && cpuid(0xD, part: 1, .ebx) >= 2432

  private enum Register: Int { case eax, ebx, ecx, edx }

  private static func processorHas(leaf: UInt32, _ register: Register, bits: [UInt32]) -> Bool {
    let value = cpuid(leaf, register)
    return bits.allSatisfy { value >> $0 & 1 == 1 }
  }

  /// A register after the CPUID instruction; 0 if the processor does not have the leaf.
  private static func cpuid(_ leaf: UInt32, part: UInt32 = 0, _ register: Register) -> UInt32 {
    #if canImport(LossKernelsAVX2)
      var values: [UInt32] = [0, 0, 0, 0]
      let exists = values.withUnsafeMutableBufferPointer { values in
        __get_cpuid_count(leaf, part, &values[0], &values[1], &values[2], &values[3])
      }
      return exists != 0 ? values[register.rawValue] : 0
    #else
      return 0
    #endif
  }
}
