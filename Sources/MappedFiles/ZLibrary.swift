#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#endif

/// The system's zlib, which is loaded when a compressed file is first opened, so that the build
/// does not need its headers.
package struct ZLibrary: Sendable {
  /// The reason why zlib cannot be used, as the end of a sentence: "… cannot be decompressed: ".
  package struct Missing: Error, CustomStringConvertible {
    package let description: String
  }

  /// `z_stream` of zlib.h. zlib checks its size.
  struct Stream {
    var nextIn: UnsafePointer<UInt8>?
    var availableIn: UInt32 = 0
    var totalIn: CUnsignedLong = 0
    var nextOut: UnsafeMutablePointer<UInt8>?
    var availableOut: UInt32 = 0
    var totalOut: CUnsignedLong = 0
    var message: UnsafePointer<CChar>?
    var state: OpaquePointer?
    var allocate: OpaquePointer?
    var free: OpaquePointer?
    var opaque: OpaquePointer?
    var dataType: CInt = 0
    var adler: CUnsignedLong = 0
    var reserved: CUnsignedLong = 0
  }

  typealias Begin =
    @convention(c) (UnsafeMutableRawPointer, CInt, UnsafePointer<CChar>, CInt) -> CInt
  typealias Step = @convention(c) (UnsafeMutableRawPointer, CInt) -> CInt
  typealias Act = @convention(c) (UnsafeMutableRawPointer) -> CInt
  typealias Checksum =
    @convention(c) (CUnsignedLong, UnsafePointer<UInt8>?, CUnsignedInt) -> CUnsignedLong

  // Result codes of zlib.h.
  static let ok: CInt = 0
  static let streamEnd: CInt = 1
  static let bufferError: CInt = -5

  /// `inflateInit2_`, `inflate`, `inflateReset`, `inflateEnd` and `crc32`.
  let begin: Begin
  let inflate: Step
  let reset: Act
  let end: Act
  private let checksum: Checksum

  /// Loads the library once.
  package static func load() throws(Missing) -> ZLibrary { try shared.get() }

  private static let shared = Result<ZLibrary, Missing> { () throws(Missing) in try ZLibrary() }

  /// The CRC-32.
  package func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
    var result = checksum(0, nil, 0)
    // zlib counts in 32 bits.
    for start in stride(from: 0, to: bytes.count, by: 1 << 30) {
      let part = bytes[start..<min(bytes.count, start + (1 << 30))]
      result = checksum(
        result,
        UnsafeRawBufferPointer(rebasing: part).assumingMemoryBound(to: UInt8.self)
          .baseAddress, CUnsignedInt(part.count))
    }
    return UInt32(truncatingIfNeeded: result)
  }

  #if canImport(Darwin) || canImport(Glibc) || canImport(Musl) || canImport(Android)
    private init() throws(Missing) {
      #if canImport(Darwin)
        let name = "/usr/lib/libz.1.dylib"
      #elseif canImport(Android)
        let name = "libz.so"
      #else
        let name = "libz.so.1"
      #endif
      guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
        let reason = dlerror().map { String(cString: $0) } ?? "not found"
        throw Missing(description: "zlib cannot be loaded (\(reason))")
      }
      func function<Function>(_ symbol: String, as type: Function.Type) throws(Missing) -> Function
      {
        guard let address = dlsym(library, symbol) else {
          throw Missing(description: "\(name) has no function \(symbol)")
        }
        return unsafeBitCast(address, to: type)
      }
      begin = try function("inflateInit2_", as: Begin.self)
      inflate = try function("inflate", as: Step.self)
      reset = try function("inflateReset", as: Act.self)
      end = try function("inflateEnd", as: Act.self)
      checksum = try function("crc32", as: Checksum.self)
    }
  #else
    private init() throws(Missing) {
      throw Missing(description: "zlib cannot be loaded on this platform")
    }
  #endif
}
