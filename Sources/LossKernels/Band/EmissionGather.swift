#if WIDE
  import _Builtin_intrinsics.intel
#endif

// Copies the numerators that are needed from a row to their slots.

extension RowScalar {
  /// Sets `target[slot]` to `numerators[labels[slot]]` for `count` slots. `target` and `labels` may
  /// be accessed up to a whole vector of slots; such labels must be in the vocabulary.
  @inline(__always)
  static func gather(
    _ numerators: UnsafePointer<Self>, vocabulary: Int, _ labels: UnsafePointer<Int32>, count: Int,
    into target: UnsafeMutablePointer<Self>
  ) {
    #if WIDE
      if vocabulary <= 8 &* width {
        return gatherFromRegisters(numerators, vocabulary, labels, count, target)
      }
    #endif
    for slot in 0..<count { target[slot] = numerators[Int(labels[slot])] }
  }
}

#if WIDE
  extension RowScalar {
    /// A vocabulary of up to eight vectors stays in registers; permutations select its values a
    /// vector at a time.
    @inline(__always)
    private static func gatherFromRegisters(
      _ numerators: UnsafePointer<Self>, _ vocabulary: Int, _ labels: UnsafePointer<Int32>,
      _ count: Int, _ target: UnsafeMutablePointer<Self>
    ) {
      /// A vector of the row; zeros past its end.
      func part(_ index: Int) -> Vector {
        let first = index &* width
        let present = min(max(vocabulary &- first, 0), width)
        return load(numerators + (present > 0 ? first : 0), count: present)
      }
      /// The elements at `indices` of two pairs of vectors; `bit` selects the pair.
      func select(
        _ bit: UInt32, _ indices: SIMD8<Int64>, _ zero: (Vector, Vector), _ one: (Vector, Vector)
      ) -> Vector {
        blend(
          indices, bit, permute(zero.0, indices, zero.1), permute(one.0, indices, one.1))
      }
      func forEachVector(_ body: (_ indices: SIMD8<Int64>) -> Vector) {
        var slot = 0
        while slot < count {
          store(body(Self.indices(labels + slot)), target + slot)
          slot &+= width
        }
      }
      // A pair contains 2^bits values.
      let bits: UInt32 = width == 16 ? 5 : 4
      let first = (part(0), part(1))
      if vocabulary <= 2 &* width {
        forEachVector { permute(first.0, $0, first.1) }
        return
      }
      let second = (part(2), part(3))
      if vocabulary <= 4 &* width {
        forEachVector { select(bits, $0, first, second) }
        return
      }
      let (third, fourth) = ((part(4), part(5)), (part(6), part(7)))
      forEachVector { indices in
        blend(
          indices, bits &+ 1, select(bits, indices, first, second),
          select(bits, indices, third, fourth))
      }
    }
  }

  extension Float {
    @inline(__always)
    static func load(_ pointer: UnsafePointer<Float>, count: Int) -> Floats {
      _mm512_maskz_loadu_ps(UInt16(truncatingIfNeeded: (1 &<< count) &- 1), pointer)
    }
    @inline(__always)
    static func indices(_ labels: UnsafePointer<Int32>) -> SIMD8<Int64> {
      UnsafeRawPointer(labels).loadUnaligned(as: SIMD8<Int64>.self)
    }
    @inline(__always)
    static func permute(_ a: Floats, _ indices: SIMD8<Int64>, _ b: Floats) -> Floats {
      _mm512_permutex2var_ps(a, indices, b)
    }
    @inline(__always)
    static func blend(
      _ indices: SIMD8<Int64>, _ bit: UInt32, _ zero: Floats, _ one: Floats
    ) -> Floats {
      _mm512_mask_blend_ps(
        _mm512_movepi32_mask(_mm512_slli_epi32(indices, 31 &- bit)), zero, one)
    }
  }

  extension Double {
    @inline(__always)
    static func load(_ pointer: UnsafePointer<Double>, count: Int) -> Lanes {
      _mm512_maskz_loadu_pd(UInt8(truncatingIfNeeded: (1 &<< count) &- 1), pointer)
    }
    @inline(__always)
    static func indices(_ labels: UnsafePointer<Int32>) -> SIMD8<Int64> {
      _mm512_cvtepi32_epi64(UnsafeRawPointer(labels).loadUnaligned(as: SIMD4<Int64>.self))
    }
    @inline(__always)
    static func permute(_ a: Lanes, _ indices: SIMD8<Int64>, _ b: Lanes) -> Lanes {
      _mm512_permutex2var_pd(a, indices, b)
    }
    @inline(__always)
    static func blend(
      _ indices: SIMD8<Int64>, _ bit: UInt32, _ zero: Lanes, _ one: Lanes
    ) -> Lanes {
      _mm512_mask_blend_pd(
        _mm512_movepi64_mask(_mm512_slli_epi64(indices, 63 &- bit)), zero, one)
    }
  }
#endif
