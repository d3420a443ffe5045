/// The characters of the tokens, grouped by their folded form.
struct FoldedCharacters: Sendable {
  /// A character of the tokens, or a letter with marks that are separate tokens.
  struct Form: Sendable {
    let text: String
    /// The folded form.
    let key: [Character]
  }

  let folding: TextFolding
  // Keyed by the first character of the folded form. A `Character` equals its canonical
  // equivalents.
  private var forms: [Character: [Form]] = [:]

  init(_ texts: [String], _ folding: TextFolding) {
    self.folding = folding
    // Compared by scalars: canonical equivalents are different tokens.
    var known: Set<[Unicode.Scalar]> = []
    func add(_ text: String, to forms: inout [Character: [Form]]) {
      guard known.insert(Array(text.unicodeScalars)).inserted else { return }
      let key = folding.key(of: text)
      if let first = key.first { forms[first, default: []].append(Form(text: text, key: key)) }
    }
    for text in texts {
      for character in text { add(String(character), to: &forms) }
    }
    if folding.contains(.canonicalForm) {
      for text in Self.marked(texts) { add(text, to: &forms) }
    }
  }

  /// The characters that consist of a letter and up to two marks, each of which is a token.
  private static func marked(_ texts: [String]) -> [String] {
    let single = texts.compactMap { $0.unicodeScalars.count == 1 ? $0.unicodeScalars.first : nil }
    let marks = single.filter { $0.properties.canonicalCombiningClass != .notReordered }
    let letters = single.filter { $0.properties.isAlphabetic }
    // The limit bounds the time; no alphabet is that large.
    guard letters.count * marks.count * (marks.count + 1) <= 1 << 20 else { return [] }
    var found: [String] = []
    for letter in letters {
      for mark in marks {
        for other in [nil] + marks.map(Optional.some) {
          var text = String(String.UnicodeScalarView([letter, mark]))
          if let other { text.unicodeScalars.append(other) }
          if text.count == 1 { found.append(text) }
        }
      }
    }
    return found
  }

  /// The forms whose folded characters are a prefix of these characters.
  func forms(of characters: ArraySlice<Character>) -> [Form] {
    guard let first = characters.first, let found = forms[first] else { return [] }
    return found.filter { form in
      guard characters.starts(with: form.key) else { return false }
      return folding.contains(.canonicalForm)
        || form.key.elementsEqual(characters.prefix(form.key.count)) {
          $0.unicodeScalars.elementsEqual($1.unicodeScalars)
        }
    }
  }
}
