// FoundationEssentials lacks the data about languages and regions, which take 40 MB.
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Finds errors that Foundation's decoders ignore: a key that occurs twice in an object, or two
/// keys that are canonical equivalents.
///
/// It only finds the beginnings and ends of strings, objects and arrays. The decoder checks whether
/// the text is valid JSON.
package struct JSONKeys {
  private let text: Data

  /// The keys of a text.
  package init(_ text: Data) { self.text = text }

  /// A key that occurs twice in an object. Canonical equivalents count as equal.
  package var firstDuplicate: String? { firstKey { _, isRepeated, _ in isRepeated } }

  /// The keys of an object and their values, in the order of the text. The text must decode as an
  /// object of integers.
  package var integers: [(key: String, value: Int)] {
    var found: [(key: String, value: Int)] = []
    _ = firstKey { key, _, rest in
      // After the colon, and before the separator of the next key.
      let digits = rest.drop { $0 != UInt8(ascii: ":") }.dropFirst()
        .prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
      let number = String(decoding: digits, as: UTF8.self).filter { !$0.isWhitespace }
      // A decoder accepts 1.0 as an integer, too.
      found.append((key, Int(number) ?? Double(number).flatMap(Int.init(exactly:)) ?? -1))
      return false
    }
    return found
  }

  /// The first key that meets a condition.
  ///
  /// - Parameter isFound: The condition. Its arguments are a key, whether its object already
  ///   contains the key, and the text after the key.
  private func firstKey(
    where isFound: (_ key: String, _ isRepeated: Bool, _ rest: Data) -> Bool
  ) -> String? {
    // The keys of each open object; nil for an array.
    var open: [Set<String>?] = []
    var isKey = false
    var place = text.startIndex
    while place < text.endIndex {
      let byte = text[place]
      place += 1
      switch byte {
      case UInt8(ascii: "{"):
        open.append([])
        isKey = true
      case UInt8(ascii: "["):
        open.append(nil)
        isKey = false
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        _ = open.popLast()
        isKey = false
      case UInt8(ascii: ","): isKey = open.last.map { $0 != nil } ?? false
      case UInt8(ascii: "\""):
        let start = place - 1
        while place < text.endIndex, text[place] != UInt8(ascii: "\"") {
          place += text[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        place = min(place + 1, text.endIndex)
        guard isKey, let last = open.indices.last else { continue }
        isKey = false
        let key = Self.string(text[start..<place])
        let isRepeated = open[last]?.insert(key).inserted == false
        if isFound(key, isRepeated, text[place...]) { return key }
      default: break
      }
    }
    return nil
  }

  /// The value of a string literal: a key may be written in several ways.
  private static func string(_ literal: Data) -> String {
    let inside = literal.dropFirst().dropLast()
    guard inside.contains(UInt8(ascii: "\\")) else {
      return String(decoding: inside, as: UTF8.self)
    }
    return (try? JSONDecoder().decode(String.self, from: Data(literal)))
      ?? String(decoding: inside, as: UTF8.self)
  }
}
