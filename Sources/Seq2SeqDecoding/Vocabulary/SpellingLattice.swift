/// All spellings of a word that a folding allows, as a graph. Edges with symbols connect nodes in
/// the order of the word.
///
/// An edge with a boundary leads to ``start``, and another leaves ``end``, for tokens that mark the
/// beginnings or ends of words.
struct SpellingLattice {
  struct Edge {
    /// nil if the edge omits a character.
    let symbol: UInt32?
    var end: Int
    /// The distance between the character and the word's own character.
    let distance: Int
  }

  /// The edges of each node.
  private(set) var edges: [[Edge]] = []
  /// The node before the first character, and the node after the last.
  let start: Int
  private(set) var end = 0
  /// The first character without a spelling.
  private(set) var missing: Character?
  /// Whether the word consists only of punctuation that no token has.
  private(set) var isEmpty = true

  /// A character of the word, and its folded form.
  private struct Place {
    let text: String
    /// The text without the punctuation that no token has.
    let bare: String
    let folded: Range<Int>
    let isUppercase: Bool
  }

  /// - Parameters:
  ///   - symbols: The symbols of a text within a word.
  ///   - isKnown: Whether some token contains a scalar.
  init(
    _ word: String, _ characters: FoldedCharacters, symbols: (String) -> [UInt32],
    isKnown: (Unicode.Scalar) -> Bool
  ) {
    let folding = characters.folding
    var places: [Place] = []
    var folded: [Character] = []
    for character in word {
      let text = String(character)
      let bare = folding.bare(text, isKnown)
      let key = folding.key(of: bare.isEmpty ? text : bare)
      places.append(
        Place(
          text: text, bare: bare, folded: folded.count..<folded.count + key.count,
          isUppercase: text != TextFolding.lowercased(text)))
      folded += key
    }
    var nodes: [Int] = []
    start = 1
    edges = [[Edge(symbol: TokenVocabulary.boundary, end: 1, distance: 0)]]
    var next = places.startIndex
    for position in folded.indices {
      nodes.append(edges.count)
      edges.append([])
      if places[next].folded.upperBound <= position { next += 1 }
      let place = places[next]
      let isAtPlace = place.folded.lowerBound == position
      var texts: [(text: String, end: Int)] = []
      /// Adds a spelling of the characters up to a position whose node is not known yet.
      func add(_ text: String, to end: Int, distance: Int) {
        guard text.unicodeScalars.allSatisfy(isKnown),
          !texts.contains(where: {
            $0.end == end && $0.text.unicodeScalars.elementsEqual(text.unicodeScalars)
          })
        else { return }
        texts.append((text, end))
        var node = nodes[position]
        let symbols = symbols(text)
        for (index, symbol) in symbols.enumerated() {
          let isLast = index == symbols.count - 1
          edges[node].append(
            Edge(
              symbol: symbol, end: isLast ? -1 - end : edges.count,
              distance: index == 0 ? distance : 0))
          if isLast { break }
          node = edges.count
          edges.append([])
        }
      }
      if isAtPlace {
        add(place.text, to: place.folded.upperBound, distance: 0)
        if !place.bare.isEmpty { add(place.bare, to: place.folded.upperBound, distance: 1) }
        if folding.contains(.canonicalForm), let letters = TextFolding.jamo(of: place.bare) {
          add(letters, to: place.folded.upperBound, distance: 1)
        }
      }
      for form in characters.forms(of: folded[position...]) {
        let range = position..<position + form.key.count
        add(
          form.text, to: range.upperBound,
          distance: Self.distance(form, range, place, folded[position]))
      }
      if !texts.isEmpty || !place.bare.isEmpty { isEmpty = false }
      guard isAtPlace, texts.isEmpty else { continue }
      if place.bare.isEmpty {
        edges[nodes[position]].append(
          Edge(symbol: nil, end: -1 - place.folded.upperBound, distance: 0))
      } else if missing == nil {
        missing = place.text.first
      }
    }
    nodes.append(edges.count)
    end = edges.count
    edges.append([Edge(symbol: TokenVocabulary.boundary, end: edges.count + 1, distance: 0)])
    edges.append([])
    for node in edges.indices {
      for index in edges[node].indices where edges[node][index].end < 0 {
        edges[node][index].end = nodes[-1 - edges[node][index].end]
      }
    }
  }

  /// The distance between a form and the text of a place: a canonical equivalent is nearer than a
  /// different letter of the same case, which is nearer than a letter of the other case.
  private static func distance(
    _ form: FoldedCharacters.Form, _ range: Range<Int>, _ place: Place, _ unit: Character
  ) -> Int {
    let isUppercase = form.text != TextFolding.lowercased(form.text)
    guard range == place.folded else {
      // The form is a part of a character, such as an s of ß, or more than one character.
      return isUppercase == place.isUppercase ? 2 : 3
    }
    if form.text == place.bare { return 1 }
    if isUppercase == place.isUppercase { return 2 }
    return form.text == TextFolding.lowercased(place.bare)
      || form.text == TextFolding.uppercased(place.bare) ? 3 : 4
  }
}
