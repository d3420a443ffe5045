// The only place where arrays are converted to spans, and where arrays for results are allocated.

extension Array {
  /// Calls `body` with a span of the elements.
  package func withSpan<Result>(
    _ body: (Span<Element>) throws(InputError) -> Result
  ) throws(InputError) -> Result {
    try body(span)
  }

  /// Calls `body` with a mutable span of the elements.
  package mutating func withMutableSpan<Result>(
    _ body: (inout MutableSpan<Element>) throws(InputError) -> Result
  ) throws(InputError) -> Result {
    var elements = mutableSpan
    return try body(&elements)
  }
}

/// An array of `count` numbers that `body` writes.
package func numbers(
  _ count: Int, _ body: (inout MutableSpan<Double>) throws(InputError) -> Void
) throws(InputError) -> [Double] {
  var numbers = [Double](repeating: 0, count: count)
  try numbers.withMutableSpan(body)
  return numbers
}

/// An array of `count` elements. `body` writes those of the layout, or throws; the others are 0.
package func elements<Element: LogitElement>(
  _ count: Int, of layout: some LossLayout,
  _ body: (inout MutableSpan<Element>) throws(InputError) -> Void
) throws(InputError) -> [Element] {
  // If the layout covers every element, none needs to be initialized before.
  var elements: [Element] =
    layout.valueCount == count ? [Element](count: count) { _ in } : zeros(count)
  try elements.withMutableSpan(body)
  return elements
}

/// The results of a function with a gradient: `count` values, and a gradient with as many elements
/// as the logits.
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
  // By bytes, because a loop over an unknown type makes a call for each element.
  return [Element](count: count) { buffer in
    UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 0)
  }
}
