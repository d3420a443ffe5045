/// Unicode's full case folding, which makes texts equal that differ only in case.
///
/// "Full" means that a letter may become several: `ß` and `ẞ` fold to `ss`, and `İ` to `i` with a
/// dot above. All three sigmas fold to `σ`. The folding is independent of the language: the Turkish
/// `ı` and `I` stay different.
enum CaseFolding {
  static func fold(_ text: String) -> String {
    var folded = String.UnicodeScalarView()
    folded.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      if scalar.isASCII {
        let isUpper = (0x41...0x5A).contains(scalar.value)
        folded.append(isUpper ? Unicode.Scalar(UInt8(scalar.value | 0x20)) : scalar)
      } else {
        folded.append(contentsOf: fold(scalar).unicodeScalars)
      }
    }
    return String(folded)
  }

  /// The standard library has no case folding. It equals the lower case of the upper case of the
  /// lower case, scalar by scalar, except for the letters below (compared with Unicode's
  /// CaseFolding.txt, statuses C and F).
  private static func fold(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    // The dotless i, whose upper case is I.
    case 0x131: return String(scalar)
    // Cherokee folds to its capitals, which were encoded first.
    case 0x13A0...0x13FD, 0xAB70...0xABBF: return scalar.properties.uppercaseMapping
    default:
      let lower = scalar.properties.lowercaseMapping
      return map(map(lower) { $0.uppercaseMapping }) { $0.lowercaseMapping }
    }
  }

  private static func map(
    _ text: String, _ mapping: (Unicode.Scalar.Properties) -> String
  ) -> String {
    text.unicodeScalars.map { mapping($0.properties) }.joined()
  }
}
