/// A text that equals another only where their bytes are the same.
///
/// `String`s compare as readers see them: "é" in one scalar and in two are equal. The files of n-gram models keep
/// them apart.
package struct ExactText: Hashable, Sendable {
  /// The text.
  package let text: String

  /// A text to be compared by its bytes.
  package init(_ text: String) { self.text = text }

  package static func == (left: ExactText, right: ExactText) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    let bytes: Void? = text.utf8.withContiguousStorageIfAvailable {
      hasher.combine(bytes: UnsafeRawBufferPointer($0))
    }
    if bytes == nil { for byte in text.utf8 { hasher.combine(byte) } }
  }
}
