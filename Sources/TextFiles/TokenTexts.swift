import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles

/// The format of a file with the texts of tokens: a ``TokenFile/Format``, or JSON.
package enum TokenTextFormat: String, CaseIterable, Sendable {
  /// See ``TokenFile/Format``.
  case list, indexed, scored, paddle
  /// An object of texts and their indices, or an array of texts.
  case json
}

/// Reads the texts of tokens.
extension TextFile {
  /// Reads the tokens of a file; by default, the format is detected from the content.
  ///
  /// - Parameters:
  ///   - count: The number of the model's outputs, as in ``TokenFile/init(_:format:count:blank:)``.
  ///   - blank: The index of the blank, as in that initializer.
  /// - Throws: ``TensorFileError`` that names the problem and the line.
  package func tokens(
    format: TokenTextFormat? = nil, count: Int? = nil, blank: Int? = nil
  ) throws(TensorFileError) -> TokenFile {
    do throws(InputError) {
      if format == .json || (format == nil && looksLikeJSON) {
        if let tokens = try json(count: count, blank: blank) { return tokens }
        // An array whose elements are not texts has no tokens.
        let array = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any]
        guard format == nil, text.first == "[", array?.isEmpty != false else {
          throw InputError(
            "tokens", "neither a JSON object of texts and their indices nor an array of texts")
        }
      }
      return try TokenFile(
        text, format: format.flatMap { TokenFile.Format(rawValue: $0.rawValue) }, count: count,
        blank: blank)
    } catch {
      throw TensorFileError(path, error.problem)
    }
  }

  /// A bracket may be a token of a list; a brace that is followed by a quotation mark is not one.
  private var looksLikeJSON: Bool {
    let start = text.unicodeScalars.lazy.filter { !$0.properties.isWhitespace }.prefix(2)
    return start.first == "[" || start.elementsEqual("{\"".unicodeScalars)
  }

  private func json(count: Int?, blank: Int?) throws(InputError) -> TokenFile? {
    let data = Data(text.utf8)
    // A dictionary merges keys that are canonical equivalents, but these are different tokens.
    if (try? JSONDecoder().decode([String: Int].self, from: data)) != nil {
      return try TokenFile(indices: JSONKeys(data).integers, count: count, blank: blank)
    }
    if let texts = try? JSONDecoder().decode([String].self, from: data), !texts.isEmpty {
      return try TokenFile(texts: texts, count: count, blank: blank)
    }
    return nil
  }
}
