import Dispatch

/// Memory that losses reuse from call to call, so that a training loop allocates nothing for its sums over paths.
///
/// ```swift
/// let workspace = LossWorkspace()
/// for batch in batches {
///   try ctc.lossesAndGradient(
///     batch.logits, layout: layout, labels: batch.labels, into: &losses, gradient: &gradient,
///     output: GradientOutput(workspace: workspace))
/// }
/// ```
///
/// It grows to what the largest sample needs, once for each thread that works at the same time: at most
/// O(frames · labels + vocabulary) for CTC and O(frames · positions) for transducers. Memory is released after a
/// thousand consecutive samples that use less than a quarter of it. Between calls, memory is kept for at most two
/// threads more than there are processors, for each kind of loss.
///
/// Any number of concurrent calls, of any losses, may share a workspace. Results do not depend on it.
public final class LossWorkspace: @unchecked Sendable {
  // Guards `free`. Borrowed memory belongs to its borrower alone.
  private let turn = DispatchSemaphore(value: 1)
  private var free: [any ThreadMemory] = []

  /// An empty workspace.
  public init() {}

  /// The memory of one thread.
  func borrow<Memory: ThreadMemory>(_ type: Memory.Type) -> Memory {
    turn.wait()
    defer { turn.signal() }
    guard let place = free.lastIndex(where: { $0 is Memory }),
      let memory = free.remove(at: place) as? Memory
    else { return Memory() }
    return memory
  }

  /// Takes back what ``borrow(_:)`` gave.
  func giveBack<Memory: ThreadMemory>(_ memory: Memory) {
    turn.wait()
    defer { turn.signal() }
    // There may have been many callers at once. Memory above this limit is released.
    let kept = free.count(where: { $0 is Memory })
    if kept < SampleQueue.processorCount + 2 { free.append(memory) }
  }
}

/// The memory of one thread that computes samples of a loss.
protocol ThreadMemory: AnyObject {
  init()
}
