import LossKernelInterface

/// Elements in the caller's memory, addressed by a layout. This is the only place that accesses
/// callers' pointers.
///
/// It is only made from a buffer that has been checked against the layout.
package struct StridedBuffer<Element: LogitElement> {
  private let base: UnsafeMutablePointer<Element>?
  let layout: LogitsLayout

  package init(_ buffer: UnsafeBufferPointer<Element>, _ layout: LogitsLayout) {
    // It is written only if it was made from a mutable buffer, by the other initializer.
    base = UnsafeMutablePointer(mutating: buffer.baseAddress)
    self.layout = layout
  }

  package init(_ buffer: UnsafeMutableBufferPointer<Element>, _ layout: LogitsLayout) {
    base = buffer.baseAddress
    self.layout = layout
  }

  /// Reads and widens a row.
  func read(_ sample: Int, _ frame: Int, into row: UnsafeMutablePointer<Double>) {
    read(sample, frame..<frame + 1, into: row)
  }

  /// Reads and widens rows, `[frames, stride]`, by default contiguous.
  package func read(
    _ sample: Int, _ frames: Range<Int>, into rows: UnsafeMutablePointer<Double>,
    stride: Int? = nil
  ) {
    let stride = stride ?? layout.vocabulary
    if Element.self == Float.self {
      read(sample, frames, rows, stride, as: Float.self)
    } else if Element.self == Double.self {
      read(sample, frames, rows, stride, as: Double.self)
    } else if Element.self == BFloat16.self {
      read(sample, frames, rows, stride, as: BFloat16.self)
    } else {
      read(sample, frames, rows, stride, as: Element.self)
    }
  }

  /// Reads and widens some columns of rows, to the beginnings of rows `[frames, stride]`.
  package func gather(
    _ sample: Int, _ frames: Range<Int>, columns: UnsafeBufferPointer<Int32>,
    into rows: UnsafeMutablePointer<Double>, stride: Int
  ) {
    if Element.self == Float.self {
      gather(sample, frames, columns, rows, stride, as: Float.self)
    } else if Element.self == Double.self {
      gather(sample, frames, columns, rows, stride, as: Double.self)
    } else if Element.self == BFloat16.self {
      gather(sample, frames, columns, rows, stride, as: BFloat16.self)
    } else {
      gather(sample, frames, columns, rows, stride, as: Element.self)
    }
  }

  /// The same with an array of columns.
  func gather(
    _ sample: Int, _ frames: Range<Int>, columns: [Int32],
    into rows: UnsafeMutablePointer<Double>, stride: Int
  ) {
    columns.withUnsafeBufferPointer {
      gather(sample, frames, columns: $0, into: rows, stride: stride)
    }
  }

  /// Rounds the beginnings of rows `[frames, stride]` and writes them to some columns.
  func scatter(
    _ sample: Int, _ frames: Range<Int>, columns: [Int32], from rows: UnsafePointer<Double>,
    stride: Int
  ) {
    columns.withUnsafeBufferPointer {
      if Element.self == Float.self {
        scatter(sample, frames, $0, rows, stride, as: Float.self)
      } else if Element.self == Double.self {
        scatter(sample, frames, $0, rows, stride, as: Double.self)
      } else if Element.self == BFloat16.self {
        scatter(sample, frames, $0, rows, stride, as: BFloat16.self)
      } else {
        scatter(sample, frames, $0, rows, stride, as: Element.self)
      }
    }
  }

  /// Rounds and writes a row.
  func write(_ sample: Int, _ frame: Int, from row: UnsafePointer<Double>) {
    if Element.self == Float.self {
      write(sample, frame, from: row, as: Float.self)
    } else if Element.self == Double.self {
      write(sample, frame, from: row, as: Double.self)
    } else if Element.self == BFloat16.self {
      write(sample, frame, from: row, as: BFloat16.self)
    } else {
      write(sample, frame, from: row, as: Element.self)
    }
  }

  /// Copies rows of a sample from those of another buffer.
  func copy(_ sample: Int, _ frames: Range<Int>, from source: StridedBuffer<Element>) {
    let strides = (layout.vocabularyStride, source.layout.vocabularyStride)
    for frame in frames {
      guard let target = start(sample, frame, as: Element.self),
        let row = source.start(sample, frame, as: Element.self)
      else { return }
      if strides == (1, 1) {
        target.update(from: row, count: layout.vocabulary)
      } else {
        for token in 0..<layout.vocabulary { target[token * strides.0] = row[token * strides.1] }
      }
    }
  }

  /// Sets all values of a row.
  func fill(_ sample: Int, _ frame: Int, with value: Double) {
    guard let target = start(sample, frame, as: Element.self) else { return }
    let element = Element(nearest: value)
    for token in 0..<layout.vocabulary { target[token * layout.vocabularyStride] = element }
  }

  /// Sets a sample's rows to zero.
  func clear(_ sample: Int, _ frames: Range<Int>) {
    guard layout.vocabularyStride == 1 else {
      for frame in frames { fill(sample, frame, with: 0) }
      return
    }
    // A zero of every element type consists of zero bits, so contiguous rows are cleared at once.
    let isDense = layout.timeStride == layout.vocabulary
    let count = layout.vocabulary * (isDense ? frames.count : 1) * MemoryLayout<Element>.stride
    for frame in isDense ? frames.prefix(1) : frames {
      guard let target = start(sample, frame, as: Element.self) else { return }
      UnsafeMutableRawPointer(target).initializeMemory(
        as: UInt8.self, repeating: 0, count: count)
    }
  }

  /// The rows of a sample for a kernel; `nil` if there are none.
  func kernelRows(_ sample: Int) -> BandSample.Rows? {
    start(sample, 0, as: Element.self).map {
      BandSample.Rows(
        base: UnsafeMutableRawPointer($0), frameStride: layout.timeStride,
        tokenStride: layout.vocabularyStride)
    }
  }

  /// `Concrete` is the element type as a type that the compiler knows in the loop. A loop over an
  /// unknown type makes a call for each element.
  @inline(__always)
  private func read<Concrete: LogitElement>(
    _ sample: Int, _ frames: Range<Int>, _ rows: UnsafeMutablePointer<Double>, _ rowStride: Int,
    as type: Concrete.Type
  ) {
    guard var source = start(sample, frames.lowerBound, as: type) else { return }
    let stride = layout.vocabularyStride
    var row = rows
    for _ in frames {
      if stride == 1 {
        for token in 0..<layout.vocabulary { row[token] = source[token].widened }
      } else {
        for token in 0..<layout.vocabulary { row[token] = source[token * stride].widened }
      }
      row += rowStride
      source += layout.timeStride
    }
  }

  @inline(__always)
  private func gather<Concrete: LogitElement>(
    _ sample: Int, _ frames: Range<Int>, _ columns: UnsafeBufferPointer<Int32>,
    _ rows: UnsafeMutablePointer<Double>, _ rowStride: Int, as type: Concrete.Type
  ) {
    guard var source = start(sample, frames.lowerBound, as: type) else { return }
    var row = rows
    for _ in frames {
      for (index, column) in columns.enumerated() {
        row[index] = source[Int(column) * layout.vocabularyStride].widened
      }
      row += rowStride
      source += layout.timeStride
    }
  }

  @inline(__always)
  private func scatter<Concrete: LogitElement>(
    _ sample: Int, _ frames: Range<Int>, _ columns: UnsafeBufferPointer<Int32>,
    _ rows: UnsafePointer<Double>, _ rowStride: Int, as type: Concrete.Type
  ) {
    guard var target = start(sample, frames.lowerBound, as: type) else { return }
    var row = rows
    for _ in frames {
      for (index, column) in columns.enumerated() {
        target[Int(column) * layout.vocabularyStride] = Concrete(nearest: row[index])
      }
      row += rowStride
      target += layout.timeStride
    }
  }

  @inline(__always)
  private func write<Concrete: LogitElement>(
    _ sample: Int, _ frame: Int, from row: UnsafePointer<Double>, as type: Concrete.Type
  ) {
    guard let target = start(sample, frame, as: type) else { return }
    let stride = layout.vocabularyStride
    if stride == 1 {
      for token in 0..<layout.vocabulary { target[token] = Concrete(nearest: row[token]) }
    } else {
      for token in 0..<layout.vocabulary {
        target[token * stride] = Concrete(nearest: row[token])
      }
    }
  }

  @inline(__always)
  func start<Concrete>(
    _ sample: Int, _ frame: Int, as type: Concrete.Type
  ) -> UnsafeMutablePointer<Concrete>? {
    guard let base else { return nil }
    return UnsafeMutableRawPointer(
      base + (layout.offset + sample * layout.batchStride + frame * layout.timeStride)
    ).assumingMemoryBound(to: type)
  }
}
