import Foundation

/// A directory of a test's own, removed with its contents.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  func file(_ name: String, _ bytes: some Collection<UInt8>) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}

/// The path of a file that NumPy or safetensors wrote, see `make_fixtures.py`.
func fixture(_ name: String) -> String {
  Bundle.module.resourcePath.map { "\($0)/Fixtures/\(name)" } ?? name
}
