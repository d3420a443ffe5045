import CTCKernelInterface

#if WIDE
  /// Takes a best path's scores through some frames; needs AVX-512 F, BW, CD, DQ and VL.
  package func runBestPathAVX512(_ block: UnsafeMutablePointer<BestPathBlock>) { advance(block) }
#elseif FUSED
  /// Takes a best path's scores through some frames; needs AVX2, FMA and F16C.
  package func runBestPathAVX2(_ block: UnsafeMutablePointer<BestPathBlock>) { advance(block) }
#else
  /// Takes a best path's scores through some frames.
  package func runBestPath(_ block: UnsafeMutablePointer<BestPathBlock>) { advance(block) }
#endif

/// Viterbi's recursion. Where predecessors tie the lowest state wins.
///
/// The loops have no branch and no address that depends on another state of the frame, so that compilers
/// make vectors of them.
@inline(__always)
private func advance(_ block: UnsafeMutablePointer<BestPathBlock>) {
  let block = block.pointee
  var old = block.scores
  var new = block.scratch
  var end = block.end
  var row = block.rows
  var decisions = block.decisions
  for _ in 0..<block.frames {
    if let target = decisions {
      if let stayColumn = block.stayColumn {
        let stay = row[stayColumn]
        for state in block.first..<end {
          let stayed = old[state] + stay
          let moved = old[state - 1] + row[Int(block.columns[state])]
          new[state] = moved >= stayed ? moved : stayed
          target[state - block.first] = moved >= stayed ? 1 : 0
        }
      } else {
        for state in block.first..<end {
          let stayed = old[state]
          let moved = old[state - 1]
          let skipped = old[state - 2] + block.skips[state]
          let near = moved >= stayed ? moved : stayed
          let nearMove: UInt8 = moved >= stayed ? 1 : 0
          new[state] = (skipped >= near ? skipped : near) + row[Int(block.columns[state])]
          target[state - block.first] = skipped >= near ? 2 : nearMove
        }
      }
      decisions = target + block.decisionStride
    } else if let stayColumn = block.stayColumn {
      let stay = row[stayColumn]
      for state in block.first..<end {
        let stayed = old[state] + stay
        let moved = old[state - 1] + row[Int(block.columns[state])]
        new[state] = moved >= stayed ? moved : stayed
      }
    } else {
      for state in block.first..<end {
        let stayed = old[state]
        let moved = old[state - 1]
        let skipped = old[state - 2] + block.skips[state]
        let near = moved >= stayed ? moved : stayed
        new[state] = (skipped >= near ? skipped : near) + row[Int(block.columns[state])]
      }
    }
    let swapped = old
    old = new
    new = swapped
    row += block.rowStride
    let next = end + block.growth
    end = next < block.stateCount ? next : block.stateCount
  }
  if old != block.scores {
    for state in block.first..<end { block.scores[state] = old[state] }
  }
}
