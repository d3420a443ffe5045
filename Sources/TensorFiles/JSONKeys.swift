import Foundation

/// Finds what Foundation's decoders pass over in silence: a key that an object has twice.
///
/// Reads no more of the text than where strings, objects and arrays begin and end; whether it is JSON is for the decoder
/// to say.
struct JSONKeys {
  private let text: Data

  init(_ text: Data) { self.text = text }

  /// A key that one object of the text has twice, as its string reads.
  var firstDuplicate: String? {
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
        if open[last]?.insert(key).inserted == false { return key }
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
    let read = try? JSONSerialization.jsonObject(with: Data(literal), options: .fragmentsAllowed)
    return read as? String ?? String(decoding: inside, as: UTF8.self)
  }
}
