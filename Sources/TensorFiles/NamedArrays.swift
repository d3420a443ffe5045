/// Chooses one of the arrays that a file has by their names.
enum NamedArrays {
  /// The array of that name, or the only one.
  ///
  /// - Throws: ``TensorFileError`` that lists the names, where there is no such array, or several and no name.
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
