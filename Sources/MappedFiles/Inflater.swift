/// Decompresses a deflate stream in memory with zlib.
///
/// It is a class because zlib's state points back to its stream, which therefore must not move.
package final class Inflater {
  /// The format around the compressed data.
  package enum Wrapper: Int32 {
    // The window bits of `inflateInit2`: 15 is the largest window, a negative number means no
    // header, and adding 16 means gzip.
    /// No header, as in zip archives.
    case none = -15
    /// The header and the checksum of a gzip file.
    case gzip = 31
  }

  /// The reason why a call of ``read(into:)`` ended.
  package enum Status {
    /// The buffer is full; there may be more data.
    case full
    /// The stream is complete.
    case complete
    /// The compressed data end before the stream does.
    case cutOff
    /// The compressed data are not a deflate stream, or the checksum is wrong.
    case damaged
  }

  /// The reason why decompression cannot begin.
  package enum Failure: Error, CustomStringConvertible {
    /// zlib is not available.
    case missing(String)
    /// zlib cannot allocate memory.
    case noMemory

    package var description: String {
      switch self {
      case .missing(let problem): problem
      case .noMemory: "zlib could not start"
      }
    }
  }

  private let library: ZLibrary
  private let stream: UnsafeMutablePointer<ZLibrary.Stream>
  private let bytes: UnsafeRawBufferPointer
  /// The number of bytes that were passed to zlib.
  private var offset = 0
  /// The number of compressed bytes that were used.
  package var consumed: Int { offset - Int(stream.pointee.availableIn) }

  /// Begins at the first byte. The bytes must stay valid while the object is used.
  package init(_ bytes: UnsafeRawBufferPointer, _ wrapper: Wrapper) throws(Failure) {
    do { library = try ZLibrary.load() } catch { throw .missing(error.description) }
    self.bytes = bytes
    stream = .allocate(capacity: 1)
    stream.initialize(to: ZLibrary.Stream())
    let size = CInt(MemoryLayout<ZLibrary.Stream>.size)
    // zlib compares only the first digit of the version.
    guard library.begin(stream, wrapper.rawValue, "1", size) == ZLibrary.ok else {
      stream.deallocate()
      throw .noMemory
    }
  }

  deinit {
    _ = library.end(stream)
    stream.deallocate()
  }

  /// Decompresses until the buffer is full or the stream ends.
  package func read(into buffer: UnsafeMutableRawBufferPointer) -> (count: Int, status: Status) {
    var count = 0
    while count < buffer.count {
      if stream.pointee.availableIn == 0 && offset < bytes.count {
        let part = UnsafeRawBufferPointer(
          rebasing: bytes[offset..<min(bytes.count, offset + Self.largestPart)])
        stream.pointee.nextIn = part.assumingMemoryBound(to: UInt8.self).baseAddress
        stream.pointee.availableIn = UInt32(part.count)
        offset += part.count
      }
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[count..<min(buffer.count, count + Self.largestPart)])
      stream.pointee.nextOut = part.assumingMemoryBound(to: UInt8.self).baseAddress
      stream.pointee.availableOut = UInt32(part.count)
      let code = library.inflate(stream, 0)
      count += part.count - Int(stream.pointee.availableOut)
      switch code {
      case ZLibrary.ok: continue
      case ZLibrary.streamEnd: return (count, .complete)
      case ZLibrary.bufferError where consumed == bytes.count: return (count, .cutOff)
      default: return (count, .damaged)
      }
    }
    return (count, .full)
  }

  /// Begins another stream after a complete one.
  package func restart() {
    // This fails only for a stream that zlib did not create, which ``read(into:)`` would report.
    _ = library.reset(stream)
  }

  /// zlib counts in 32 bits.
  private static let largestPart = 1 << 30
}
