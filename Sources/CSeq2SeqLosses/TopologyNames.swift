import CLibrary

/// Names by the numbers of a C enumeration, as C strings that live as long as the program.
struct TopologyNames: Sendable {
  // Copies that nobody writes to or frees.
  nonisolated(unsafe) private let names: [UnsafePointer<CChar>?]

  init(_ names: [String]) { self.names = names.map { UnsafePointer(strdup($0)) } }

  /// `nil` if there is no name of this number.
  subscript(number: UInt32) -> UnsafePointer<CChar>? {
    names.indices.contains(Int(number)) ? names[Int(number)] : nil
  }
}
