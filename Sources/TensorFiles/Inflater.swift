import CZlib

/// Decompresses a deflate stream in memory, by zlib.
///
/// A class, since zlib's state points back to its stream, which must not move.
package final class Inflater {
  /// What is around the compressed data.
  package enum Wrapper: Int32 {
    // The window bits of `inflateInit2`: 15 is the largest window, negative is without a header, 16 more is gzip's.
    /// Nothing, as in zip archives.
    case none = -15
    /// The header and the checksum of a gzip file.
    case gzip = 31
  }

  /// Why a call of ``read(into:)`` ended.
  package enum Status {
    /// The buffer is full; the stream may have more.
    case full
    /// The stream is complete.
    case complete
    /// The compressed bytes end before the stream does.
    case cutOff
    /// The compressed bytes are not a deflate stream, or its checksum is wrong.
    case damaged
  }

  private let stream: UnsafeMutablePointer<z_stream>
  private let bytes: UnsafeRawBufferPointer
  /// How many of the bytes zlib was given.
  private var offset = 0
  /// How many of the compressed bytes were used.
  package var consumed: Int { offset - Int(stream.pointee.avail_in) }

  /// Begins at the first of the bytes, which must stay valid while the object is used.
  ///
  /// Returns nil where zlib has no memory.
  package init?(_ bytes: UnsafeRawBufferPointer, _ wrapper: Wrapper) {
    self.bytes = bytes
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, wrapper.rawValue, ZLIB_VERSION, size) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Decompresses until the buffer is full or the stream ends.
  package func read(into buffer: UnsafeMutableRawBufferPointer) -> (count: Int, status: Status) {
    var count = 0
    while count < buffer.count {
      if stream.pointee.avail_in == 0 && offset < bytes.count {
        let part = UnsafeRawBufferPointer(
          rebasing: bytes[offset..<min(bytes.count, offset + Self.largestPart)])
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: part.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(part.count)
        offset += part.count
      }
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[count..<min(buffer.count, count + Self.largestPart)])
      stream.pointee.next_out = part.assumingMemoryBound(to: UInt8.self).baseAddress
      stream.pointee.avail_out = UInt32(part.count)
      let code = inflate(stream, Z_NO_FLUSH)
      count += part.count - Int(stream.pointee.avail_out)
      switch code {
      case Z_OK: continue
      case Z_STREAM_END: return (count, .complete)
      case Z_BUF_ERROR where consumed == bytes.count: return (count, .cutOff)
      default: return (count, .damaged)
      }
    }
    return (count, .full)
  }

  /// Begins another stream behind the one that is complete.
  package func restart() {
    // Fails only for a stream that zlib did not make; ``read(into:)`` would say so.
    inflateReset(stream)
  }

  /// zlib counts in 32 bits.
  private static let largestPart = 1 << 30
}
