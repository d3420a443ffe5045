extension Array {
  /// `count` elements, each of which `body` initialises.
  ///
  /// Nothing is written where there are none: the standard library's own initialiser then writes the count of the empty
  /// array, which is one place for all threads.
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
