/// How error messages name tokens and texts.
extension TokenVocabulary {
  /// The index of a token, and its text if it has one: `3 ("a")`.
  func name(of token: Int) -> String {
    guard let texts, texts.indices.contains(token) else { return "\(token)" }
    return "\(token) (\(quoted(texts[token])))"
  }

  /// Why a number is not a token that a text may contain; nil if it is.
  func problem(ofToken token: Int) -> String? {
    guard (0..<count).contains(token) else { return "\(token) is outside 0..<\(count)" }
    return token == blank ? "\(name(of: token)) is the blank" : nil
  }
}

/// A text in quotation marks, on one line: at most 40 characters, with code points for invisible
/// ones.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.prefix(40).unicodeScalars {
    let isUnseen =
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: true
      case .spaceSeparator: scalar != " "
      default: false
      }
    if isUnseen {
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result + (text.count > 40 ? "…\"" : "\"")
}
