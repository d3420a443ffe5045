import LossKernelInterface

#if WIDE
  /// Scans rows; needs AVX-512 F, BW, CD, DQ and VL.
  package func runRowScanAVX512(_ scan: UnsafeMutablePointer<RowScan>) { run(scan) }
#elseif FUSED
  /// Scans rows; needs AVX2, FMA and F16C.
  package func runRowScanAVX2(_ scan: UnsafeMutablePointer<RowScan>) { run(scan) }
#else
  /// Scans rows.
  package func runRowScan(_ scan: UnsafeMutablePointer<RowScan>) { run(scan) }
#endif

@inline(__always)
private func run(_ scan: UnsafeMutablePointer<RowScan>) {
  var words = scan.pointee.words
  let (rows, width, stride) = (scan.pointee.rows, scan.pointee.width, scan.pointee.rowStride)
  var row = 0
  while row < rows {
    if let places = scan.pointee.places, let values = scan.pointee.values {
      guard let best = largest(words, width) else { break }
      places[row] = Int32(truncatingIfNeeded: best)
      values[row] = Double(Float(bitPattern: UInt32(bitPattern: words[best])))
    } else {
      guard isPossible(words, width) else { break }
    }
    words += stride
    row &+= 1
  }
  scan.pointee.firstImpossible = row
}

// Values are compared by their bits, because compilers vectorize the minimum and maximum of
// integers.

/// Whether no value is NaN or `+inf`, and at least one is above `-inf`.
@inline(__always)
private func isPossible(_ words: UnsafePointer<Int32>, _ width: Int) -> Bool {
  // +inf and positive NaNs are the largest signed integers, negative NaNs the largest unsigned
  // ones, and -inf is just below these.
  var largest = Int32.min
  var highest: UInt32 = 0
  var lowest = UInt32.max
  var index = 0
  while index < width {
    let word = words[index]
    let unsigned = UInt32(bitPattern: word)
    largest = word > largest ? word : largest
    highest = unsigned > highest ? unsigned : highest
    lowest = unsigned < lowest ? unsigned : lowest
    index &+= 1
  }
  return largest <= 0x7F7F_FFFF && highest <= 0xFF80_0000 && lowest < 0xFF80_0000
}

/// The first of the largest values; `nil` if ``isPossible(_:_:)`` is false.
@inline(__always)
private func largest(_ words: UnsafePointer<Int32>, _ width: Int) -> Int? {
  let lowest = Int32(bitPattern: 0x807F_FFFF)
  let minusZero: Int32 = -1
  var largest = Int32.min
  var smallest = Int32.max
  // Only the part in which the largest value first occurred is searched again.
  let part = 256
  var firstOfPart = 0
  var start = 0
  while start < width {
    let end = start &+ part < width ? start &+ part : width
    var most = Int32.min
    var index = start
    while index < end {
      let key = key(words[index])
      most = key > most ? key : most
      smallest = key < smallest ? key : smallest
      index &+= 1
    }
    if most > largest && !(most == 0 && largest == minusZero) {
      (largest, firstOfPart) = (most, start)
    }
    start = end
  }
  guard largest <= 0x7F7F_FFFF, largest > lowest, smallest >= lowest else { return nil }
  // The two zeros are equal.
  let other = largest == 0 ? minusZero : largest == minusZero ? 0 : largest
  var place = firstOfPart
  while key(words[place]) != largest && key(words[place]) != other { place &+= 1 }
  return place
}

/// An integer with the order of the number: the bits of negative numbers are inverted.
@inline(__always)
private func key(_ word: Int32) -> Int32 { word ^ (word >> 31 & 0x7FFF_FFFF) }
