import Foundation

/// The texts of tokens.
extension TextFile {
  /// A token a line, or a JSON array of texts that is not empty.
  package var tokenTexts: [String] {
    if text.first == "[",
      let labels = try? JSONDecoder().decode([String].self, from: Data(text.utf8)), !labels.isEmpty
    {
      return labels
    }
    // Spaces count: a token may be one.
    return allLines
  }
}
