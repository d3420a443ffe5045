import CSeq2SeqLossesHeader
import Seq2SeqDecoding
import Seq2SeqLosses

/// A model whose functions are C's.
struct TransducerCallbacks: TransducerModel {
  /// A function of the caller's that failed.
  struct Failure: Error, CustomStringConvertible {
    let function: String
    let code: Int32
    var description: String { "\(function) returned \(code)" }
  }

  /// A state by its number, given back with the last reference to it.
  final class State {
    let number: Int64
    private let model: seq2seq_transducer_model
    private let turn: Turn

    init(_ number: Int64, _ model: seq2seq_transducer_model, _ turn: Turn) {
      self.number = number
      self.model = model
      self.turn = turn
    }

    deinit {
      if let release = model.release { turn.call { release(model.context, number) } }
    }
  }

  private let model: seq2seq_transducer_model
  private let width: Int
  private let turn: Turn

  /// The turn is that of the stream that calls the model.
  init(
    _ model: UnsafePointer<seq2seq_transducer_model>?, _ decoder: TransducerBeamSearchDecoder,
    _ turn: Turn = Turn()
  ) throws(InputError) {
    guard let model = model?.pointee else { throw InputError("model", "NULL") }
    for (name, isMissing) in [
      ("start", model.start == nil), ("advance", model.advance == nil),
      ("join", model.join == nil),
    ] where isMissing {
      throw InputError("model", "\(name) is NULL")
    }
    self.model = model
    self.turn = turn
    width = decoder.rowWidth
  }

  func start() throws -> State {
    var number: Int64 = 0
    try check("start", turn.call { model.start(model.context, &number) })
    return State(number, model, turn)
  }

  func advance(_ states: [State], by labels: [Int]) throws -> [State] {
    var numbers = [Int64](repeating: 0, count: states.count)
    try check(
      "advance",
      turn.call {
        model.advance(
          model.context, Int64(states.count), states.map(\.number), labels.map(Int64.init), &numbers
        )
      })
    return numbers.map { State($0, model, turn) }
  }

  func join(_ frames: [seq2seq_frame], _ states: [State]) throws -> [Double] {
    var logits = [Double](repeating: 0, count: frames.count * width)
    try check(
      "join",
      turn.call {
        model.join(
          model.context, Int64(frames.count), frames, states.map(\.number), Int64(width), &logits)
      })
    return logits
  }

  private func check(_ function: String, _ code: Int32) throws {
    if code != 0 { throw Failure(function: function, code: code) }
  }
}
