/// Elements in a caller's memory, as a layout places them: the one room for foreign pointers.
///
/// Made only from a buffer that the layout has been checked against.
struct StridedBuffer<Element: LogitElement> {
  private let base: UnsafeMutablePointer<Element>?
  private let layout: LogitsLayout

  init(_ buffer: UnsafeBufferPointer<Element>, _ layout: LogitsLayout) {
    // Written to only when made from a mutable buffer, by the other initialiser.
    base = UnsafeMutablePointer(mutating: buffer.baseAddress)
    self.layout = layout
  }

  init(_ buffer: UnsafeMutableBufferPointer<Element>, _ layout: LogitsLayout) {
    base = buffer.baseAddress
    self.layout = layout
  }

  private func start(_ sample: Int, _ frame: Int) -> UnsafeMutablePointer<Element>? {
    base.map {
      $0 + (layout.offset + sample * layout.batchStride + frame * layout.timeStride)
    }
  }

  /// Widens a row of the vocabulary.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func read(_ sample: Int, _ frame: Int, into row: UnsafeMutablePointer<Double>) {
    guard let source = start(sample, frame) else { return }
    let stride = layout.vocabularyStride
    if stride == 1 {
      for token in 0..<layout.vocabulary { row[token] = source[token].widened }
    } else {
      for token in 0..<layout.vocabulary { row[token] = source[token * stride].widened }
    }
  }

  /// Rounds a row of the vocabulary to the element type.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func write(_ sample: Int, _ frame: Int, from row: UnsafePointer<Double>) {
    guard let target = start(sample, frame) else { return }
    let stride = layout.vocabularyStride
    for token in 0..<layout.vocabulary { target[token * stride] = Element(nearest: row[token]) }
  }

  /// Sets a row of the vocabulary to one value.
  func fill(_ sample: Int, _ frame: Int, with value: Double) {
    guard let target = start(sample, frame) else { return }
    let element = Element(nearest: value)
    for token in 0..<layout.vocabulary { target[token * layout.vocabularyStride] = element }
  }
}
