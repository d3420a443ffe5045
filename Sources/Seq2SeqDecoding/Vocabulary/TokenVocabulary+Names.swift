/// What errors call tokens and texts.
extension TokenVocabulary {
  /// A token's index, and its text where it has one: `3 ("a")`.
  func name(of token: Int) -> String {
    guard let texts, texts.indices.contains(token) else { return "\(token)" }
    return "\(token) (\(quoted(texts[token])))"
  }

  /// Why a number is no token that a text may have; nil where it is one.
  func problem(ofToken token: Int) -> String? {
    guard (0..<count).contains(token) else { return "\(token) is outside 0..<\(count)" }
    return token == blank ? "\(name(of: token)) is the blank" : nil
  }
}

/// A text between quotation marks, in one line: at most 40 characters, those that cannot be seen by their code
/// points.
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
