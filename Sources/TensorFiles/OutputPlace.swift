import CLibrary
import MappedFiles

/// The destination of an output path, after symbolic links have been followed.
package enum OutputPlace {
  /// An open descriptor of this process, such as `/dev/stdout` or `/dev/fd/3`.
  case descriptor(Int32)
  /// A device or a named pipe, which is written directly.
  case stream(String)
  /// A regular file that exists, with its status.
  case file(String, stat)
  /// A path where nothing exists yet.
  case new(String)

  /// - Throws: ``TensorFileError`` if the path is empty or names a folder, or if its links form a
  ///   cycle.
  package init(_ path: String) throws(TensorFileError) {
    var place = path
    // The number of links that Linux follows.
    for _ in 0..<40 {
      if let descriptor = Self.descriptor(place) {
        self = .descriptor(descriptor)
        return
      }
      guard let target = Self.linkTarget(place) else {
        self = try Self.place(place, path)
        return
      }
      place = target.hasPrefix("/") ? target : Self.folder(of: place) + "/" + target
    }
    throw TensorFileError(path, String(cString: strerror(ELOOP)))
  }

  private static func place(_ place: String, _ path: String) throws(TensorFileError) -> Self {
    var status = stat()
    guard stat(place, &status) == 0 else {
      guard errno == ENOENT, !place.isEmpty else {
        throw TensorFileError(path, MappedFile.lastError)
      }
      guard !place.hasSuffix("/") else {
        throw TensorFileError(path, String(cString: strerror(EISDIR)))
      }
      return .new(place)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file(place, status)
    case S_IFDIR: throw TensorFileError(path, String(cString: strerror(EISDIR)))
    default: return .stream(place)
    }
  }

  /// The folder that contains the last component of a path.
  package static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2F) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The number of the descriptor that a system path such as `/dev/fd/3` names. Opening such a path
  /// again would write at the beginning of a redirected file, and renaming a file to it would end
  /// the redirection.
  private static func descriptor(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdin": return 0
    case "/dev/stdout": return 1
    case "/dev/stderr": return 2
    default:
      for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
        return Int32(path.dropFirst(prefix.count))
      }
      return nil
    }
  }

  private static func linkTarget(_ path: String) -> String? {
    let size = Int(PATH_MAX)
    var target = [CChar](repeating: 0, count: size)
    let count = readlink(path, &target, size)
    guard count >= 0 else { return nil }
    return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
