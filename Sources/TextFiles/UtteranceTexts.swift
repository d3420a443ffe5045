import Foundation
import TensorFiles

/// Texts of utterances: references and hypotheses.
extension TextFile {
  private struct Utterance: Decodable { let text: String }

  /// The texts of JSON Lines of objects with `text`, as `decode` prints them.
  ///
  /// - Throws: ``TensorFileError`` naming a line that is no such object.
  package func jsonTexts() throws(TensorFileError) -> [String] {
    var texts: [String] = []
    for (number, line) in allLines.enumerated() {
      guard let entry = try? JSONDecoder().decode(Utterance.self, from: Data(line.utf8)) else {
        throw TensorFileError(path, "line \(number + 1) has no \"text\"")
      }
      texts.append(entry.text)
    }
    return texts
  }
}
