/// A square matrix in the caller's memory, row by row. Values are written as `Double`s and
/// converted to the element type.
///
/// It is not generic, because a loop over an unknown type makes a call for each element.
struct SquareMatrix {
  private enum Elements {
    case float(UnsafeMutablePointer<Float>)
    case double(UnsafeMutablePointer<Double>)
    case other((_ index: Int, _ value: Double) -> Void)
  }

  private let elements: Elements
  private let width: Int

  init<Element: LogitElement>(_ base: UnsafeMutablePointer<Element>, width: Int) {
    self.width = width
    if Element.self == Float.self {
      elements = .float(UnsafeMutableRawPointer(base).assumingMemoryBound(to: Float.self))
    } else if Element.self == Double.self {
      elements = .double(UnsafeMutableRawPointer(base).assumingMemoryBound(to: Double.self))
    } else {
      elements = .other { base[$0] = Element(nearest: $1) }
    }
  }

  @inline(__always)
  func set(_ row: Int, _ column: Int, _ value: Double) {
    let index = row * width + column
    switch elements {
    case .float(let base): base[index] = Float(value)
    case .double(let base): base[index] = value
    case .other(let write): write(index, value)
    }
  }
}
