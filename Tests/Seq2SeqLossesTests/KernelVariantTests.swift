import Seq2SeqLosses
import Testing

/// The names that the environment variable `SEQ2SEQ_KERNELS` may have; that it is heard is tested from Python, where
/// each process has its own.
@Suite struct KernelVariantTests {
  @Test func namesOfKernels() {
    #expect(KernelVariant.named(nil) == (KernelVariant.best, nil))
    #expect(KernelVariant.named("") == (KernelVariant.best, nil))
    #expect(KernelVariant.named("baseline") == (KernelVariant.baseline, nil))
    #expect(KernelVariant.named("general") == (KernelVariant.general, nil))
    for variant in KernelVariant.allCases {
      let named = KernelVariant.named(variant.rawValue)
      #expect(named.variant == (variant.isSupported ? variant : .best))
      #expect((named.problem == nil) == variant.isSupported)
    }
  }

  @Test(arguments: ["AVX2", "avx", "avx2 ", "none", "1"]) func unknownNames(_ name: String) {
    let unknown = KernelVariant.named(name)
    #expect(unknown.variant == KernelVariant.best && unknown.problem?.contains(name) == true)
  }
}
