import Foundation

/// What a fuzzer says, as a file.
public enum FuzzedFile {
  private static let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("seq2seq-fuzz-\(ProcessInfo.processInfo.processIdentifier)")

  /// Writes the bytes to a file and gives `body` its path.
  public static func with(
    _ bytes: UnsafePointer<UInt8>?, _ count: Int, _ body: (_ path: String) -> Void
  ) {
    let data = Data(UnsafeBufferPointer(start: bytes, count: count))
    do { try data.write(to: url) } catch { fatalError("no file for the fuzzer: \(error)") }
    body(url.path)
  }
}
