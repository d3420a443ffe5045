#if arch(x86_64) && !WIDE
  // Eight slots as two halves, for registers that hold at most four.

  typealias HalfLanes = SIMD4<Double>

  @inline(__always)
  func sum(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes(lowHalf: sum(a.lowHalf, b.lowHalf), highHalf: sum(a.highHalf, b.highHalf))
  }
  @inline(__always)
  func difference(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes(lowHalf: difference(a.lowHalf, b.lowHalf), highHalf: difference(a.highHalf, b.highHalf))
  }
  @inline(__always)
  func product(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes(lowHalf: product(a.lowHalf, b.lowHalf), highHalf: product(a.highHalf, b.highHalf))
  }
  @inline(__always)
  func quotient(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes(lowHalf: quotient(a.lowHalf, b.lowHalf), highHalf: quotient(a.highHalf, b.highHalf))
  }
  @inline(__always)
  func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    Lanes(
      lowHalf: multiplyAdd(a.lowHalf, b.lowHalf, c.lowHalf),
      highHalf: multiplyAdd(a.highHalf, b.highHalf, c.highHalf))
  }
  @inline(__always)
  func larger(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes(lowHalf: larger(a.lowHalf, b.lowHalf), highHalf: larger(a.highHalf, b.highHalf))
  }
  @inline(__always)
  func smaller(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes(lowHalf: smaller(a.lowHalf, b.lowHalf), highHalf: smaller(a.highHalf, b.highHalf))
  }
  @inline(__always)
  func exponentBits(_ a: Lanes) -> Lanes {
    Lanes(lowHalf: exponentBits(a.lowHalf), highHalf: exponentBits(a.highHalf))
  }
  @inline(__always)
  func both(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes(lowHalf: both(a.lowHalf, b.lowHalf), highHalf: both(a.highHalf, b.highHalf))
  }
  @inline(__always)
  func either(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes(lowHalf: either(a.lowHalf, b.lowHalf), highHalf: either(a.highHalf, b.highHalf))
  }
#endif
