// Without what knows languages and regions, which takes 40 MB.
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Finds what Foundation's decoders pass over in silence: a key that an object has twice, or two keys that are canonical
/// equivalents.
///
/// Reads no more of the text than where strings, objects and arrays begin and end; whether it is JSON is for the decoder
/// to say.
package struct JSONKeys {
  private let text: Data

  /// Looks at a text.
  package init(_ text: Data) { self.text = text }

  /// A key that one object of the text has twice, as its string reads; canonical equivalents are one.
  package var firstDuplicate: String? { firstKey { _, isRepeated, _ in isRepeated } }

  /// The keys of an object and their values, in the text's order; of a text that a decoder takes for an object of integers.
  package var integers: [(key: String, value: Int)] {
    var found: [(key: String, value: Int)] = []
    _ = firstKey { key, _, rest in
      // Behind the colon, and before what separates it from the next key.
      let digits = rest.drop { $0 != UInt8(ascii: ":") }.dropFirst()
        .prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
      let number = String(decoding: digits, as: UTF8.self).filter { !$0.isWhitespace }
      // A decoder takes 1.0 for an integer, too.
      found.append((key, Int(number) ?? Double(number).flatMap(Int.init(exactly:)) ?? -1))
      return false
    }
    return found
  }

  /// The first key that is looked for.
  ///
  /// - Parameter isFound: Takes a key, whether its object has it already, and the text behind it.
  private func firstKey(
    where isFound: (_ key: String, _ isRepeated: Bool, _ rest: Data) -> Bool
  ) -> String? {
    // The keys of each object that is open; nil for an array.
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

  /// What a string literal reads: two ways to write a key are one key.
  private static func string(_ literal: Data) -> String {
    let inside = literal.dropFirst().dropLast()
    guard inside.contains(UInt8(ascii: "\\")) else {
      return String(decoding: inside, as: UTF8.self)
    }
    return (try? JSONDecoder().decode(String.self, from: Data(literal)))
      ?? String(decoding: inside, as: UTF8.self)
  }
}
