import Dispatch

/// Memory that losses use again from call to call, so that a training loop allocates nothing.
///
/// ```swift
/// let workspace = LossWorkspace()
/// for batch in batches {
///   try ctc.lossesAndGradient(
///     batch.logits, layout: layout, labels: batch.labels, losses: &losses, gradient: &gradient,
///     workspace: workspace)
/// }
/// ```
///
/// It grows to what the largest sample needs, once for each thread that works at the same time:
/// O(frames · labels + vocabulary) at most. Memory that a thousand samples in a row use less than a quarter of is given
/// back, and between calls no more threads' memory is kept than there are processors, and two. Any number of calls may
/// share one; results do not depend on it.
public final class LossWorkspace: @unchecked Sendable {
  // Guards `free`; what is borrowed belongs to its borrower alone.
  private let turn = DispatchSemaphore(value: 1)
  private var free: [CTCWorkspace] = []

  /// A workspace that holds nothing yet.
  public init() {}

  /// One thread's memory.
  func borrow() -> CTCWorkspace {
    turn.wait()
    defer { turn.signal() }
    return free.popLast() ?? CTCWorkspace()
  }

  /// Takes back what ``borrow()`` gave.
  func giveBack(_ workspace: CTCWorkspace) {
    turn.wait()
    defer { turn.signal() }
    // Callers may have been many at once; what they took goes with them.
    if free.count < SampleQueue.processorCount + 2 { free.append(workspace) }
  }
}
