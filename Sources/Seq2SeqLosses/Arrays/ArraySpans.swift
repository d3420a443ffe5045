// The only place where arrays become spans, and where the arrays of results are made.

extension Array {
  /// Calls `body` with the elements.
  package func withSpan<Result>(
    _ body: (Span<Element>) throws(InputError) -> Result
  ) throws(InputError) -> Result {
    try body(span)
  }

  /// Calls `body` with the elements, which it may change.
  package mutating func withMutableSpan<Result>(
    _ body: (inout MutableSpan<Element>) throws(InputError) -> Result
  ) throws(InputError) -> Result {
    var elements = mutableSpan
    return try body(&elements)
  }
}

/// `count` numbers that `body` writes.
package func numbers(
  _ count: Int, _ body: (inout MutableSpan<Double>) throws(InputError) -> Void
) throws(InputError) -> [Double] {
  var numbers = [Double](repeating: 0, count: count)
  try numbers.withMutableSpan(body)
  return numbers
}

/// An array of `count` elements, of which `body` writes those of a layout or throws; the others are 0.
package func elements<Element: LogitElement>(
  _ count: Int, of layout: some LossLayout,
  _ body: (inout MutableSpan<Element>) throws(InputError) -> Void
) throws(InputError) -> [Element] {
  // Where the layout has a place for every element, none needs a value before.
  var elements: [Element] =
    layout.valueCount == count ? [Element](count: count) { _ in } : zeros(count)
  try elements.withMutableSpan(body)
  return elements
}

/// The results of a function of a gradient: `count` values, and a gradient of as many elements as the logits.
package func valuesAndGradient<Element: LogitElement>(
  _ logits: [Element], of layout: some LossLayout, count: Int,
  _ body: (Span<Element>, inout MutableSpan<Double>, inout MutableSpan<Element>)
    throws(InputError) -> Void
) throws(InputError) -> (values: [Double], gradient: [Element]) {
  var values: [Double] = []
  let gradient = try elements(logits.count, of: layout) { (gradient) throws(InputError) in
    values = try numbers(count) { (values) throws(InputError) in
      try logits.withSpan { (logits) throws(InputError) in try body(logits, &values, &gradient) }
    }
  }
  return (values, gradient)
}

/// `count` zeros.
func zeros<Element: LogitElement>(_ count: Int) -> [Element] {
  let zero = Element(nearest: 0)
  guard withUnsafeBytes(of: zero, { $0.allSatisfy { $0 == 0 } }) else {
    return [Element](repeating: zero, count: count)
  }
  // Byte by byte: a loop over a type unknown here costs a call for each element.
  return [Element](count: count) { buffer in
    UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 0)
  }
}
