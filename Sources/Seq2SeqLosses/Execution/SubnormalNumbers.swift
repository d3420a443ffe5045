import CLibrary

/// How this thread treats subnormal numbers while `body` runs; afterwards as before.
enum SubnormalNumbers {
  /// As IEEE 754 has them, whatever the caller's thread does with them: those of XLA flush them, so that the same
  /// call would give other bits, and conversions to `Float16` by the runtime, which rely on them, wrong numbers.
  static func keep<Result>(_ body: () -> Result) -> Result { change(toFlush: false, body) }

  /// Taken and given as zero: each would cost a hundred cycles, and posteriors of states far from the likely paths are
  /// all that has them. Not for what converts to `Float16`.
  static func flush<Result>(_ body: () -> Result) -> Result { change(toFlush: true, body) }

  @inline(__always)
  private static func change<Result>(toFlush: Bool, _ body: () -> Result) -> Result {
    #if arch(x86_64)
      // Denormals are zeros, flush to zero.
      let bits: UInt32 = 0x8040
      var environment = fenv_t()
      fegetenv(&environment)
      guard environment.__mxcsr & bits != (toFlush ? bits : 0) else { return body() }
      let before = environment
      environment.__mxcsr = toFlush ? environment.__mxcsr | bits : environment.__mxcsr & ~bits
      fesetenv(&environment)
      defer { withUnsafePointer(to: before) { _ = fesetenv($0) } }
      return body()
    #else
      return body()
    #endif
  }
}
