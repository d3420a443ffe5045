/// Calls `body(token, vector)` with the exponentials of a row, from `token` on. Returns the largest
/// value that is not NaN, and the sum of the exponentials.
///
/// `count` is at least the width of a vector. The last vector may overlap the one before; `mask`
/// (see ``fillMask(_:)``) selects the values that are summed. For a ``Centred`` element, `offset`
/// is added to the values first.
@inline(__always)
func sumExponentials<Element: KernelElement>(
  of source: UnsafePointer<Element>, count: Int, _ constants: ShiftConstants<Element.Row>,
  _ mask: UnsafePointer<Element.Row>,
  adding offset: Element.Row.Vector = Element.Row.repeating(0),
  body: (_ token: Int, _ vector: Element.Row.Vector) -> Void
) -> (largest: Double, sum: Double) {
  typealias Row = Element.Row
  @inline(__always)
  func vector(_ token: Int) -> Row.Vector {
    let vector = Element.widened(source + token)
    return Element.isCentred ? Row.add(vector, offset) : vector
  }
  var largest = Row.repeating(-.infinity)
  var total = Lanes.zero
  var token = 0
  // Adds four vectors before widening: two roundings in the type of the rows.
  while token &+ 4 &* Row.width <= count {
    let x0 = vector(token)
    let x1 = vector(token &+ Row.width)
    let x2 = vector(token &+ 2 &* Row.width)
    let x3 = vector(token &+ 3 &* Row.width)
    largest = Row.maximum(largest, Row.maximum(Row.maximum(x0, x1), Row.maximum(x2, x3)))
    let y0 = Row.exponential(x0, constants)
    let y1 = Row.exponential(x1, constants)
    let y2 = Row.exponential(x2, constants)
    let y3 = Row.exponential(x3, constants)
    body(token, y0)
    body(token &+ Row.width, y1)
    body(token &+ 2 &* Row.width, y2)
    body(token &+ 3 &* Row.width, y3)
    total = sum(total, Row.laneSums(Row.add(Row.add(y0, y1), Row.add(y2, y3))))
    token &+= 4 &* Row.width
  }
  while token < count {
    let start = min(token, count &- Row.width)
    let x = vector(start)
    largest = Row.maximum(largest, x)
    let y = Row.exponential(x, constants)
    body(start, y)
    let counted = Row.load(mask + Row.width - (token &- start))
    total = sum(total, Row.laneSums(Row.multiply(y, counted)))
    token &+= Row.width
  }
  return (Row.largest(largest), laneSum(total))
}

/// Writes a vector of zeros and a vector of ones. A vector that is loaded in between begins with
/// any number of zeros.
@inline(__always)
func fillMask<Row: RowScalar>(_ mask: UnsafeMutablePointer<Row>) {
  for lane in 0..<Row.width {
    mask[lane] = Row(rounding: 0)
    mask[lane &+ Row.width] = Row(rounding: 1)
  }
}

/// The largest value of a row that is not NaN.
@inline(__always)
func largestValue<Element: KernelElement>(
  of source: UnsafePointer<Element>, count: Int
) -> Double {
  typealias Row = Element.Row
  var largest = Row.repeating(-.infinity)
  var token = 0
  while token < count {
    largest = Row.maximum(largest, Element.widened(source + min(token, count &- Row.width)))
    token &+= Row.width
  }
  return Row.largest(largest)
}
