import Seq2SeqLosses

/// The predictor and the joiner of a transducer, in any framework. The transducer decoders call it.
///
/// ```swift
/// struct SpeechModel: TransducerModel {
///   func start() throws -> Predictor.Output { try predictor(state: zeros, label: blank) }
///   func advance(_ states: [Predictor.Output], by labels: [Int]) throws -> [Predictor.Output] { … }
///   func join(_ frames: [Int], _ states: [Predictor.Output]) throws -> [Float] { … }
/// }
/// ```
///
/// You choose the types of frames and states; the decoders only store them and pass them back. A
/// frame may be a row of the encoder's output, or an index into an `MLMultiArray`, an `MLXArray` or
/// an ONNX Runtime tensor; a state may be a struct of arrays or a handle. So nothing is converted,
/// a stream can keep frames for later, and the model can assemble its batches as it likes. A state
/// must never change after it was returned, because hypotheses share states.
///
/// Calls come one after the other, in the caller's thread, each with one or more states. Errors
/// that the model throws pass through the decoders unchanged. The larger the batches of the calls,
/// the fewer calls there are.
public protocol TransducerModel {
  /// A frame of the encoder's output, or a reference to one.
  associatedtype Frame
  /// The predictor's state after some labels.
  associatedtype State
  /// The element type of the joiner's logits.
  associatedtype Logit: LogitElement

  /// The state before any label, often the state after a blank that marks the beginning.
  func start() throws -> State
  /// Each state after one more label, `[states]`. The labels are `[states]` too, and none of them
  /// is the blank.
  func advance(_ states: [State], by labels: [Int]) throws -> [State]
  /// The joiner's logits, one row for each pair of a frame and a state, `[frames, width]`.
  ///
  /// A row contains the logits of the vocabulary, including blanks, and with
  /// `TransducerTopology.tokenAndDuration(_:)` those of the durations after them. The decoders
  /// apply the softmax; log-probabilities work as well. `-inf` excludes a token.
  func join(_ frames: [Frame], _ states: [State]) throws -> [Logit]
}
