import CTCKernelInterface
import CTCKernels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

#if canImport(CTCKernelsAVX2)
  import CTCKernelsAVX2
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

  /// The best variant that this processor runs.
  static let best: KernelVariant = avx2.isSupported ? .avx2 : .baseline

  /// What to run instead of ``best``, for tests and benchmarks.
  @TaskLocal package static var forced: KernelVariant?

  static var current: KernelVariant { forced ?? best }

  /// Whether it is in this build, and this processor has what it needs.
  package var isSupported: Bool {
    switch self {
    case .general, .baseline: true
    case .avx2: Self.hasAVX2
    }
  }

  /// Computes a sample, or leaves it to the general engine.
  func run(_ sample: inout KernelSample) {
    #if arch(x86_64)
      // Subnormal numbers are taken and given as zero (bits 6 and 15): each would cost a hundred cycles,
      // and posteriors of states far from the likely paths are all that has them. Not for `Float16`, which
      // may be converted by functions of the runtime that rely on them.
      var environment = fenv_t()
      fegetenv(&environment)
      let before = environment
      if sample.element != .float16 { environment.__mxcsr |= 0x8040 }
      fesetenv(&environment)
      defer { withUnsafePointer(to: before) { _ = fesetenv($0) } }
    #endif
    switch self {
    case .general: sample.outcome = .wide
    case .baseline: runCTCKernel(&sample)
    case .avx2:
      #if canImport(CTCKernelsAVX2)
        runCTCKernelAVX2(&sample)
      #else
        runCTCKernel(&sample)
      #endif
    }
  }

  /// All that the level x86-64-v3 adds, and an operating system that saves the wide registers.
  private static var hasAVX2: Bool {
    #if canImport(CTCKernelsAVX2)
      /// FMA, MOVBE, OSXSAVE, AVX, F16C; then BMI1, AVX2, BMI2; then LZCNT.
      let needed: [(leaf: UInt32, register: Int, bits: [UInt32])] = [
        (1, 2, [12, 22, 27, 28, 29]), (7, 1, [3, 5, 8]), (0x8000_0001, 2, [5]),
      ]
      return needed.allSatisfy { leaf, register, bits in
        var values: [UInt32] = [0, 0, 0, 0]
        let exists = values.withUnsafeMutableBufferPointer { values in
          __get_cpuid_count(leaf, 0, &values[0], &values[1], &values[2], &values[3])
        }
        return exists != 0 && bits.allSatisfy { values[register] >> $0 & 1 == 1 }
      }
    #else
      return false
    #endif
  }
}
