/// The predictor of the transducer: the sum of an embedding of the last label and an embedding of
/// the label before it.
///
/// It has no parameters of its own, but reads them from a slice with a table `[token, size]` for
/// each of the two labels. Before the first label, the token is the blank.
///
/// Source: Ghodsi et al., "RNN-Transducer with Stateless Prediction Network", ICASSP 2020.
struct LabelPredictor: Sendable {
  /// The number of values of a position.
  let size: Int

  /// The number of labels that the predictor uses.
  private static let history = 2
  private var tableCount: Int { DigitVocabulary.count * size }
  /// The length of the parameter slice.
  var parameterCount: Int { Self.history * tableCount }

  /// Embeddings from a uniform distribution, small compared with the encoder's values.
  func initialParameters(using generator: inout some RandomNumberGenerator) -> [Float] {
    (0..<parameterCount).map { _ in Float.random(in: -0.1...0.1, using: &generator) }
  }

  /// The start of the embeddings, in the parameters, of the position after all of `digits`.
  private func embeddings(after digits: ArraySlice<Int>) -> [Int] {
    (0..<Self.history).map { age in
      let token = age < digits.count ? digits[digits.endIndex - 1 - age] : DigitVocabulary.blank
      return age * tableCount + token * size
    }
  }

  /// The values of the position after all of `digits`, `[size]`.
  func values(after digits: ArraySlice<Int>, parameters: [Float]) -> [Float] {
    var values = [Float](repeating: 0, count: size)
    for start in embeddings(after: digits) {
      for index in 0..<size { values[index] += parameters[start + index] }
    }
    return values
  }

  /// The values of all positions of `digits`, from none to all of them, `[digits + 1, size]`.
  func values(along digits: [Int], parameters: [Float]) -> [Float] {
    (0...digits.count).flatMap { values(after: digits[..<$0], parameters: parameters) }
  }

  /// The gradient with respect to the parameters, given the gradient with respect to the values
  /// along `digits`.
  func parameterGradient(along digits: [Int], valueGradient: [Float]) -> [Float] {
    var gradient = [Float](repeating: 0, count: parameterCount)
    for position in 0...digits.count {
      for start in embeddings(after: digits[..<position]) {
        for index in 0..<size { gradient[start + index] += valueGradient[position * size + index] }
      }
    }
    return gradient
  }
}
