/// Chooses one of the named arrays of a file.
enum NamedArrays {
  /// The array with this name, or the only array.
  ///
  /// - Throws: ``TensorFileError`` that lists the names, if there is no array with this name, or if
  ///   there are several arrays and no name is given.
  static func choose<Value>(
    _ name: String?, of arrays: [String: Value], _ path: String
  ) throws(TensorFileError) -> (name: String, value: Value) {
    guard let first = arrays.first else { throw TensorFileError(path, "has no arrays") }
    let names = arrays.keys.sorted().joined(separator: ", ")
    guard let name else {
      guard arrays.count == 1 else {
        throw TensorFileError(path, "has \(arrays.count) arrays, choose one by name: \(names)")
      }
      return (first.key, first.value)
    }
    guard let value = arrays[name] else {
      throw TensorFileError(path, "has no array '\(name)', but \(names)")
    }
    return (name, value)
  }
}
