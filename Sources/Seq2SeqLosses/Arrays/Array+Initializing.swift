extension Array {
  /// An array of `count` elements, each of which `body` initializes.
  ///
  /// If `count` is 0, nothing is written. The standard library's own initializer would write the
  /// count of the shared empty array, which is a data race between threads.
  init(count: Int, initializing body: (UnsafeMutableBufferPointer<Element>) -> Void) {
    guard count > 0 else {
      self = []
      return
    }
    self.init(unsafeUninitializedCapacity: count) { elements, initialized in
      body(elements)
      initialized = count
    }
  }
}
