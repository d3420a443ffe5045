import CLibrary
import LossKernelInterface
import LossKernels

#if canImport(LossKernelsAVX2)
  import LossKernelsAVX2
  import LossKernelsAVX512
  import _Builtin_intrinsics.intel.cpuid
#endif

/// What computes losses and first derivatives: builds of the kernels for different processors.
package enum KernelVariant: String, CaseIterable, Sendable {
  /// None: the general engine alone, which also does what is out of the kernels' range.
  case general
  /// What every processor of the architecture runs.
  case baseline
  /// 256-bit vectors and fused multiplication on x86-64.
  case avx2
  /// 512-bit vectors.
  case avx512

  /// The best variant that this processor runs.
  package static let best: KernelVariant =
    [.avx512, .avx2].first(where: \.isSupported) ?? .baseline

  /// What the environment variable `SEQ2SEQ_KERNELS` says; read once, at first use.
  private static let choice = named(getenv(variable).map { String(cString: $0) })
  private static let variable = "SEQ2SEQ_KERNELS"

  /// The variant that the environment variable `SEQ2SEQ_KERNELS` names, else ``best``.
  package static var standard: KernelVariant { choice.variant }

  /// Throws where the environment variable names what is unknown, or what cannot run here.
  package static func check() throws(InputError) {
    if let problem = choice.problem { throw InputError(variable, problem) }
  }

  /// The variant of that name, ``best`` for none; and what is wrong with the name, if anything.
  package static func named(_ name: String?) -> (variant: KernelVariant, problem: String?) {
    guard let name, !name.isEmpty else { return (best, nil) }
    guard let variant = KernelVariant(rawValue: name) else {
      let names = allCases.map(\.rawValue).joined(separator: ", ")
      return (best, "\"\(name)\" is none of \(names)")
    }
    guard variant.isSupported else { return (best, "this processor or build has no \(name)") }
    return (variant, nil)
  }

  /// What to run instead of ``standard``, for tests and benchmarks.
  @TaskLocal package static var forced: KernelVariant?

  package static var current: KernelVariant { forced ?? standard }

  /// Whether it is in this build, and this processor has what it needs.
  package var isSupported: Bool {
    switch self {
    case .general, .baseline: true
    case .avx2: Self.hasAVX2
    case .avx512: Self.hasAVX2 && Self.hasAVX512
    }
  }

  /// Computes a sample, or leaves it to the general engine.
  func run(_ sample: inout BandSample) {
    // In samples of a few frames nothing becomes so small, and the switch is a tenth of their time.
    if sample.frames < 64 || sample.element == .float16 {
      compute(&sample)
    } else {
      SubnormalNumbers.flush { compute(&sample) }
    }
  }

  private func compute(_ sample: inout BandSample) {
    if self == .general { sample.outcome = .wide } else { kernels.sample(&sample) }
  }

  /// Takes a best path's scores through some frames.
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

  /// Looks through rows.
  func run(_ scan: inout RowScan) { kernels.rowScan(&scan) }

  /// `sums[i] = log(exp(left[i]) + exp(right[i]))` for `count` values; -inf is a probability of 0. The sums
  /// must lie apart from the rest.
  package func addLogarithms(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
    into sums: UnsafeMutablePointer<Double>, count: Int
  ) {
    kernels.logAddition(left, right, sums, count)
  }

  /// The sum of `exp(row[i] - largest)` for `count` values, none of them NaN or above `largest`, which is finite.
  func exponentialSum(_ row: UnsafePointer<Double>, count: Int, largest: Double) -> Double {
    kernels.exponentialSum(row, count, largest)
  }

  /// One build's kernels.
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

  /// All that the level x86-64-v3 adds (FMA, MOVBE, OSXSAVE, AVX, F16C; BMI1, AVX2, BMI2; LZCNT), and
  /// an operating system that saves the registers.
  private static let hasAVX2 =
    processorHas(leaf: 1, .ecx, bits: [12, 22, 27, 28, 29])
    && processorHas(leaf: 7, .ebx, bits: [3, 5, 8])
    && processorHas(leaf: 0x8000_0001, .ecx, bits: [5])
    && cpuid(0xD, .ebx) >= 832

  /// What the level x86-64-v4 adds: AVX-512 F, DQ, CD, BW and VL, and an operating system that saves the
  /// registers. Where each lies when saved differs between makers, so the size without gaps counts: 576 bytes
  /// of SSE, 256 of AVX, 1600 of AVX-512; all else that may be saved without the last is less than that.
  private static let hasAVX512 =
    processorHas(leaf: 7, .ebx, bits: [16, 17, 28, 30, 31]) && cpuid(0xD, part: 1, .ebx) >= 2432

  private enum Register: Int { case eax, ebx, ecx, edx }

  private static func processorHas(leaf: UInt32, _ register: Register, bits: [UInt32]) -> Bool {
    let value = cpuid(leaf, register)
    return bits.allSatisfy { value >> $0 & 1 == 1 }
  }

  /// A register after the instruction of that name; 0 where the processor has no such leaf.
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
