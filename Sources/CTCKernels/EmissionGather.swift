#if WIDE
  import _Builtin_intrinsics.intel
#endif

// The needed numerators of a row, each to its slot.

extension RowScalar {
  /// Sets `target[slot]` to `numerators[labels[slot]]` for `count` slots. What `target` and `labels` hold
  /// up to a whole vector of slots may be written and read, the labels being some of the vocabulary.
  @inline(__always)
  static func gather(
    _ numerators: UnsafePointer<Self>, vocabulary: Int, _ labels: UnsafePointer<Int32>, count: Int,
    into target: UnsafeMutablePointer<Self>
  ) {
    #if WIDE
      if Self.self == Float.self && vocabulary <= 128 {
        return gatherFromRegisters(
          UnsafeRawPointer(numerators).assumingMemoryBound(to: Float.self), vocabulary, labels,
          count, UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self))
      }
    #endif
    for slot in 0..<count { target[slot] = numerators[Int(labels[slot])] }
  }
}

#if WIDE
  /// A vocabulary of up to 128 stays in registers, from which a permutation takes sixteen at a time.
  @inline(__always)
  private func gatherFromRegisters(
    _ numerators: UnsafePointer<Float>, _ vocabulary: Int, _ labels: UnsafePointer<Int32>,
    _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    /// Two vectors of the row; zeros past its end.
    func pair(_ first: Int) -> (Floats, Floats) {
      (part(first), part(first &+ 16))
    }
    func part(_ first: Int) -> Floats {
      let present = min(max(vocabulary &- first, 0), 16)
      let mask = UInt16(truncatingIfNeeded: (1 &<< present) &- 1)
      return _mm512_maskz_loadu_ps(mask, numerators + (present > 0 ? first : 0))
    }
    func forEachVector(_ body: (_ indices: SIMD8<Int64>) -> Floats) {
      var slot = 0
      while slot < count {
        let indices = UnsafeRawPointer(labels + slot).loadUnaligned(as: SIMD8<Int64>.self)
        Float.store(body(indices), target + slot)
        slot &+= 16
      }
    }
    func select(_ bit: UInt32, _ indices: SIMD8<Int64>, _ zero: Floats, _ one: Floats) -> Floats {
      _mm512_mask_blend_ps(
        _mm512_movepi32_mask(_mm512_slli_epi32(indices, 31 &- bit)), zero, one)
    }
    let first = pair(0)
    if vocabulary <= 32 {
      forEachVector { _mm512_permutex2var_ps(first.0, $0, first.1) }
      return
    }
    let second = pair(32)
    if vocabulary <= 64 {
      forEachVector { indices in
        select(
          5, indices, _mm512_permutex2var_ps(first.0, indices, first.1),
          _mm512_permutex2var_ps(second.0, indices, second.1))
      }
      return
    }
    let (third, fourth) = (pair(64), pair(96))
    forEachVector { indices in
      let low = select(
        5, indices, _mm512_permutex2var_ps(first.0, indices, first.1),
        _mm512_permutex2var_ps(second.0, indices, second.1))
      let high = select(
        5, indices, _mm512_permutex2var_ps(third.0, indices, third.1),
        _mm512_permutex2var_ps(fourth.0, indices, fourth.1))
      return select(6, indices, low, high)
    }
  }
#endif
