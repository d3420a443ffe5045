import Foundation

/// A progress bar, drawn only if standard error is a terminal.
struct ProgressBar {
  private let total: Int
  private let isShown: Bool
  private let start = Date()
  private var drawn = 0
  private static let width = 30

  init(total: Int) {
    self.total = total
    isShown = isatty(STDERR_FILENO) == 1
  }

  /// Draws the bar with `done` of the total, after the first second and at most ten times a second.
  mutating func update(_ done: Int) {
    let elapsed = Date().timeIntervalSince(start)
    guard isShown, total > 0, elapsed > 1, Int(elapsed * 10) > drawn else { return }
    drawn = Int(elapsed * 10)
    let filled = Self.width * done / total
    let bar =
      String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled)
    StandardError.write("\r[\(bar)] \(done)/\(total)")
  }

  /// Clears the line.
  func finish() {
    if drawn > 0 { StandardError.write("\r\u{1B}[K") }
  }
}
