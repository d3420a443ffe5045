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

  /// Why decompression cannot begin.
  package enum Failure: Error, CustomStringConvertible {
    /// There is no zlib here.
    case missing(String)
    /// zlib has no memory.
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
  /// How many of the bytes zlib was given.
  private var offset = 0
  /// How many of the compressed bytes were used.
  package var consumed: Int { offset - Int(stream.pointee.availableIn) }

  /// Begins at the first of the bytes, which must stay valid while the object is used.
  package init(_ bytes: UnsafeRawBufferPointer, _ wrapper: Wrapper) throws(Failure) {
    do { library = try ZLibrary.load() } catch { throw .missing(error.description) }
    self.bytes = bytes
    stream = .allocate(capacity: 1)
    stream.initialize(to: ZLibrary.Stream())
    let size = CInt(MemoryLayout<ZLibrary.Stream>.size)
    // Of the version only the first digit is compared.
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

  /// Begins another stream behind the one that is complete.
  package func restart() {
    // Fails only for a stream that zlib did not make; ``read(into:)`` would say so.
    _ = library.reset(stream)
  }

  /// zlib counts in 32 bits.
  private static let largestPart = 1 << 30
}
