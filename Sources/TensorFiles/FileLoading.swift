/// How the bytes of a file come into memory.
public enum FileLoading: Sendable {
  /// The file is mapped: pages are read when they are needed and shared between processes. A file that another
  /// process shortens meanwhile ends this process (SIGBUS), as with any mapping; one that it writes to changes
  /// under the reader. Replacing a file by renaming another one to its name does neither.
  case mapped
  /// The file is read into memory of the process's own when it is opened: O(size) time and memory.
  case copied
}
