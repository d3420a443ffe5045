/// A text that equals another only if their bytes are equal.
///
/// `String`s with canonical equivalents are equal, such as "é" as one scalar and as two. The files
/// of n-gram models distinguish them.
package struct ExactText: Hashable, Sendable {
  /// The text.
  package let text: String

  /// A text that is compared by its bytes.
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
