// The platform's C library, which has another module on each platform: what needs `log` or `getenv` imports this one.

#if canImport(Darwin)
  @_exported import Darwin
#elseif canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#endif
