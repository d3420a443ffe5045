import Seq2SeqLosses

/// The predictor and the joiner of a transducer, as the transducer decoders call them.
///
/// ```swift
/// struct SpeechModel: TransducerModel {
///   func start() throws -> Predictor.Output { try predictor(state: zeros, label: blank) }
///   func advance(_ states: [Predictor.Output], by labels: [Int]) throws -> [Predictor.Output] { … }
///   func join(_ frames: [Int], _ states: [Predictor.Output]) throws -> [Float] { … }
/// }
/// ```
///
/// Frames and states are values of the model's own types, which the decoders pass back unchanged. A frame may be a row of
/// the encoder's output, or its number in an `MLMultiArray`, an `MLXArray` or a session of ONNX Runtime; a state may be a
/// struct of arrays or a handle. So nothing is converted, and the model gathers a batch in the way that suits it best. A
/// state must never change, because hypotheses share states.
///
/// The decoders call the functions one at a time, on the caller's thread, with one or more states, and pass on the errors
/// that they throw.
public protocol TransducerModel {
  /// A frame of the encoder's output, or a reference to it.
  associatedtype Frame
  /// The predictor's state after the labels so far.
  associatedtype State
  /// The element type of the joiner's logits.
  associatedtype Logit: LogitElement

  /// The state before the first label; many models use the state after a blank.
  func start() throws -> State
  /// The state after each of some states and one more label, `[states]`.
  ///
  /// - Parameters:
  ///   - states: The states before.
  ///   - labels: One label for each state, `[states]`, never a blank.
  func advance(_ states: [State], by labels: [Int]) throws -> [State]
  /// The joiner's logits `[frames, width]` for pairs of a frame and a state.
  ///
  /// A row has the logits of the vocabulary, blanks included, then with `TransducerTopology.tokenAndDuration(_:)` those of
  /// the durations. They need not be normalized, because the decoders apply the softmax. `-inf` rules out a token.
  func join(_ frames: [Frame], _ states: [State]) throws -> [Logit]
}
