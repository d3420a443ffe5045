import Dispatch
import Seq2SeqLosses

/// Lets one call at a time use a stream.
///
/// Calls wait for each other, but not for a function of the caller's: while one runs, all other calls are errors. So a
/// function that uses its own stream, from whatever thread, gets an error; waiting for itself it would never return.
final class Turn: @unchecked Sendable {
  private let gate = DispatchSemaphore(value: 1)
  // Guards `calls`.
  private let state = DispatchSemaphore(value: 1)
  private var calls = 0

  /// Runs `body` when no other call does.
  func take<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result, orThrow failure: (InputError) -> Failure
  ) throws(Failure) -> Result {
    repeat {
      if isCalling {
        throw failure(InputError("stream", "in use: a function of its model is running"))
      }
    } while gate.wait(timeout: .now() + .milliseconds(10)) == .timedOut
    defer { gate.signal() }
    return try body()
  }

  /// Runs a function of the caller's within a turn.
  func call<Result>(_ function: () -> Result) -> Result {
    count(1)
    defer { count(-1) }
    return function()
  }

  private var isCalling: Bool {
    state.wait()
    defer { state.signal() }
    return calls > 0
  }

  private func count(_ change: Int) {
    state.wait()
    calls += change
    state.signal()
  }
}

/// A stream that any number of threads may hold, one of which uses it at a time.
final class SharedStream<Stream> {
  private let stream: Stream
  private let turn: Turn

  init(_ stream: Stream, _ turn: Turn = Turn()) {
    self.stream = stream
    self.turn = turn
  }

  /// Uses the stream that a handle stands for, which lives as long.
  static func use<Result>(
    _ pointer: OpaquePointer?, _ body: (Stream) throws(InputError) -> Result
  ) throws(InputError) -> Result {
    let shared = try Handle<SharedStream>.get("stream", pointer)
    return try shared.turn.take({ () throws(InputError) in try body(shared.stream) }) { $0 }
  }

  /// The same, where functions of the caller's may fail.
  static func useModel<Result>(
    _ pointer: OpaquePointer?, _ body: (Stream) throws -> Result
  ) throws -> Result {
    let shared = try Handle<SharedStream>.get("stream", pointer)
    return try shared.turn.take({ try body(shared.stream) }) { $0 as any Error }
  }
}
