// Re-exports the platform's C library, whose module has a different name on each platform. Import
// this module for `log`, `getenv` and so on.

#if canImport(Darwin)
  @_exported import Darwin
#elseif canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#endif
