/// What a transducer knows of the labels so far: the sum of an embedding of the last one and an embedding of the one
/// before.
///
/// It has no parameters of its own but reads them from a slice that holds a table `[token, size]` for each of the
/// two places; before the first label the token is the blank.
///
/// Source: Ghodsi et al., "RNN-Transducer with Stateless Prediction Network", ICASSP 2020.
struct LabelPredictor: Sendable {
  /// The values of a position.
  let size: Int

  /// The labels that count.
  private static let history = 2
  private var tableCount: Int { DigitVocabulary.count * size }
  /// The length of the parameter slice.
  var parameterCount: Int { Self.history * tableCount }

  /// Embeddings from a uniform distribution, small beside an encoder's values.
  func initialParameters(using generator: inout some RandomNumberGenerator) -> [Float] {
    (0..<parameterCount).map { _ in Float.random(in: -0.1...0.1, using: &generator) }
  }

  /// Where the embeddings of the place after all of `digits` start in the parameters.
  private func embeddings(after digits: ArraySlice<Int>) -> [Int] {
    (0..<Self.history).map { age in
      let token = age < digits.count ? digits[digits.endIndex - 1 - age] : DigitVocabulary.blank
      return age * tableCount + token * size
    }
  }

  /// The values of the place after all of `digits`, `[size]`.
  func values(after digits: ArraySlice<Int>, parameters: [Float]) -> [Float] {
    var values = [Float](repeating: 0, count: size)
    for start in embeddings(after: digits) {
      for index in 0..<size { values[index] += parameters[start + index] }
    }
    return values
  }

  /// The values of the places after none to all of `digits`, `[digits + 1, size]`.
  func values(along digits: [Int], parameters: [Float]) -> [Float] {
    (0...digits.count).flatMap { values(after: digits[..<$0], parameters: parameters) }
  }

  /// The gradient w.r.t. the parameters, from that w.r.t. the values along `digits`.
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
