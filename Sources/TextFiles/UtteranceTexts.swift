import Foundation
import TensorFiles

/// Reads the texts of utterances: references and hypotheses.
extension TextFile {
  private struct Utterance: Decodable { let text: String }

  /// The texts of JSON Lines, each an object with `text`, as `decode` prints them.
  ///
  /// - Throws: ``TensorFileError`` that names the first line that is not such an object, or has a
  ///   name twice.
  package func jsonTexts() throws(TensorFileError) -> [String] {
    var texts: [String] = []
    for (number, line) in allLines.enumerated() {
      let data = Data(line.utf8)
      guard let entry = try? JSONDecoder().decode(Utterance.self, from: data) else {
        throw TensorFileError(path, "line \(number + 1) has no \"text\"")
      }
      if let key = JSONKeys(data).firstDuplicate {
        throw TensorFileError(path, "line \(number + 1) has '\(key)' twice")
      }
      texts.append(entry.text)
    }
    return texts
  }
}
