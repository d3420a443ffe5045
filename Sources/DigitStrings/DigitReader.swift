/// A network that reads strings of digits, together with the loss that it learns from.
///
/// ``DigitStringTraining`` needs no more of it; a reader says what its values mean to its loss and how
/// digits come of them.
public protocol DigitReader: Sendable {
  /// A forward pass over a string, with what the gradient needs of it.
  associatedtype Pass: Sendable

  /// All parameters, in an order of the reader's own.
  var parameters: [Float] { get set }

  /// A reader of the demo's size, with random parameters that follow from the generator's state.
  init(using generator: inout some RandomNumberGenerator)

  /// The pass over a string in training: its digits may guide the network too.
  func forward(_ string: DigitString) -> Pass

  /// The losses of a batch, and the gradient of each w.r.t. the values of its pass.
  ///
  /// - Throws: `InputError` where a digit is not in 0...9.
  func losses(
    _ passes: [Pass], digits: [[Int]], threads: Int
  ) throws -> [(loss: Double, gradient: [Float])]

  /// The gradient w.r.t. the parameters, from that w.r.t. the values of a pass.
  func gradient(_ pass: Pass, valueGradient: [Float]) -> [Float]

  /// The digits that the network reads in an image.
  func digits(in image: GrayscaleImage) -> [Int]

  /// The digits with what led to them, for drawings.
  func read(_ image: GrayscaleImage) throws -> DigitStringReading
}
