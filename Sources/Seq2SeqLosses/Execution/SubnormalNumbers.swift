import CLibrary

/// Sets the thread's treatment of subnormal numbers while `body` runs.
enum SubnormalNumbers {
  /// Subnormal numbers as in IEEE 754, even if the caller's thread flushes them to zero, as the
  /// threads of XLA do. Otherwise the same call would give other bits there, and the runtime's
  /// conversions to `Float16`, which use subnormal numbers, would be wrong.
  static func keep<Result>(_ body: () -> Result) -> Result { change(toFlush: false, body) }

  /// Subnormal numbers become zero. Each would cost a hundred cycles, and only posteriors of very
  /// unlikely states have them. Not for code that converts to `Float16`.
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
