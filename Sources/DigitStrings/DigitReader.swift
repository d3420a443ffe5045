/// A network that reads strings of digits, with its training loss.
///
/// ``DigitStringTraining`` works with any reader. The reader defines what its output values mean to
/// the loss, and how digits are read from them.
public protocol DigitReader: Sendable {
  /// A forward pass over a string, with the values that the gradient needs.
  associatedtype Pass: Sendable

  /// All parameters, in an order that the reader defines.
  var parameters: [Float] { get set }

  /// A reader of the demo's size, with random parameters that depend on the generator's state.
  init(using generator: inout some RandomNumberGenerator)

  /// The forward pass over a string in training. The network may use the string's digits.
  func forward(_ string: DigitString) -> Pass

  /// The losses of a batch, and the gradient of each with respect to the values of its pass.
  ///
  /// - Throws: `InputError` if a digit is not in 0...9.
  func losses(
    _ passes: [Pass], digits: [[Int]], threads: Int
  ) throws -> [(loss: Double, gradient: [Float])]

  /// The gradient with respect to the parameters, given the gradient with respect to the values of
  /// a pass.
  func gradient(_ pass: Pass, valueGradient: [Float]) -> [Float]

  /// The digits that the network reads in an image.
  func digits(in image: GrayscaleImage) -> [Int]

  /// The digits with their alignment, for drawings.
  func read(_ image: GrayscaleImage) throws -> DigitStringReading
}
