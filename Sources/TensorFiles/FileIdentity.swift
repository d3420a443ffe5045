import CLibrary

/// Identifies a regular file, so that two paths to the same file can be recognized, whatever links
/// they contain.
package struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64
  /// The file's name in its folder, if the file does not exist yet.
  private let name: String?

  private init(_ status: stat, name: String? = nil) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
    self.name = name
  }

  /// The identity of a regular file that is read; nil for anything else.
  package init?(input path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status)
  }

  /// The identity of a regular file that is open as this descriptor; nil for anything else.
  package init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status)
  }

  /// The identity of a file that is replaced or created; nil if the path names a device, a pipe or
  /// an open descriptor.
  ///
  /// - Throws: ``TensorFileError`` if the path names a folder, or if its links form a cycle.
  package init?(output path: String) throws(TensorFileError) {
    switch try OutputPlace(path) {
    case .descriptor, .stream: return nil
    case .file(_, let status): self.init(status)
    case .new(let place):
      var status = stat()
      // If the folder is missing, the code that creates the file reports it.
      guard stat(OutputPlace.folder(of: place), &status) == 0 else { return nil }
      let name = place.utf8.lastIndex(of: 0x2F).map { place[place.index(after: $0)...] }
      self.init(status, name: name.map(String.init) ?? place)
    }
  }
}
