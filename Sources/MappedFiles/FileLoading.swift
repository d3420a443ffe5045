/// How the bytes of a file are accessed.
public enum FileLoading: Sendable {
  /// The file is memory-mapped: pages are read on demand and shared between processes. If another
  /// process shortens the file, the operating system ends this process (SIGBUS); if it writes to
  /// the file, the values change. Replacing the file by renaming is safe.
  case mapped
  /// The file is read into memory when it is opened. O(size) time and memory.
  case copied
}
