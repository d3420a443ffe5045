extension UnsafeMutableBufferPointer {
  /// Moves the first `kept` elements in the order of `precedes` to the front, in any order
  /// (quickselect, Hoare 1961).
  func bringToFront(_ kept: Int, by precedes: (Element, Element) -> Bool) {
    let values = self
    var (low, high) = (0, count - 1)
    while low < high {
      // The median of three, so that sorted elements take no longer.
      let (a, b, c) = (values[low], values[(low + high) / 2], values[high])
      let pivot =
        precedes(a, b)
        ? (precedes(b, c) ? b : precedes(a, c) ? c : a)
        : (precedes(a, c) ? a : precedes(b, c) ? c : b)
      var (left, right) = (low, high)
      while left <= right {
        while precedes(values[left], pivot) { left += 1 }
        while precedes(pivot, values[right]) { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if kept <= right + 1 {
        if kept == right + 1 { return }
        high = right
      } else if kept >= left {
        if kept == left { return }
        low = left
      } else {
        return
      }
    }
  }
}
