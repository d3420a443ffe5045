import CLibrary

/// What makes two paths the same regular file, whatever links and folders they name it by.
package struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64
  /// The name within the folder of that number, where there is no file yet.
  private let name: String?

  private init(_ status: stat, name: String? = nil) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
    self.name = name
  }

  /// A regular file that is read; nil for anything else.
  package init?(input path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status)
  }

  /// A regular file that an open descriptor is of; nil for anything else.
  package init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status)
  }

  /// A file that is replaced or made; nil where the path names a device, a pipe or an open descriptor.
  ///
  /// - Throws: ``TensorFileError`` where the path names a folder, or its links form a circle.
  package init?(output path: String) throws(TensorFileError) {
    switch try OutputPlace(path) {
    case .descriptor, .stream: return nil
    case .file(_, let status): self.init(status)
    case .new(let place):
      var status = stat()
      // Without the folder the file cannot be made, which its writer says.
      guard stat(OutputPlace.folder(of: place), &status) == 0 else { return nil }
      let name = place.utf8.lastIndex(of: 0x2F).map { place[place.index(after: $0)...] }
      self.init(status, name: name.map(String.init) ?? place)
    }
  }
}
