import Seq2SeqLosses

/// A transducer's predictor and joiner, wherever they run: what drives the transducer decoders.
///
/// ```swift
/// struct SpeechModel: TransducerModel {
///   func start() throws -> Predictor.Output { try predictor(state: zeros, label: blank) }
///   func advance(_ states: [Predictor.Output], by labels: [Int]) throws -> [Predictor.Output] { … }
///   func join(_ frames: [Int], _ states: [Predictor.Output]) throws -> [Float] { … }
/// }
/// ```
///
/// Frames and states are values of the model's own types, which the decoders hand back as they got them: a frame
/// may be a row of the encoder's output or its number in an `MLMultiArray`, an `MLXArray` or a session of ONNX
/// Runtime, a state a struct of arrays or a handle. So nothing is converted, a stream can hold frames that
/// are to come, and the model gathers a batch in the way that suits it best. A state must not change once it was
/// given: hypotheses share states.
///
/// Calls come one after the other, from the caller's thread, with one or more states; what they throw passes
/// through the decoders. The more states they take at once, the fewer they are.
public protocol TransducerModel {
  /// A frame of the encoder's output, or what stands for it.
  associatedtype Frame
  /// What the predictor makes of the labels so far.
  associatedtype State
  /// The joiner's element type.
  associatedtype Logit: LogitElement

  /// The state before any label; often that after the blank as the mark of a beginning.
  func start() throws -> State
  /// Each of some states after one more label, `[states]`; the labels are `[states]` too, none of them a blank.
  func advance(_ states: [State], by labels: [Int]) throws -> [State]
  /// The joiner's logits `[frames, width]` at frames and states, as many of both.
  ///
  /// A row has the vocabulary's logits, of blanks too, then with `TransducerTopology.tokenAndDuration(_:)`
  /// those of the durations. The softmax is the decoders' part; log-probabilities do as well. `-inf` rules a token
  /// out.
  func join(_ frames: [Frame], _ states: [State]) throws -> [Logit]
}
