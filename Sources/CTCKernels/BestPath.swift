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
@inline(__always)
private func advance(_ block: UnsafeMutablePointer<BestPathBlock>) {
  let block = block.pointee
  let first = block.first
  var old = block.scores + first
  var new = block.scratch + first
  let emissions = block.emissions + first
  let columns = block.columns + first
  let skips = block.skips + first
  var count = block.end &- first
  var row = block.rows
  var moves = block.decisions
  for _ in 0..<block.frames {
    var state = 0
    while state < count {
      emissions[state] = row[Int(columns[state])]
      state &+= 1
    }
    let stay = block.stayColumn.map { row[$0] }
    let (before, twoBefore) = (UnsafePointer(old - 1), UnsafePointer(old - 2))
    switch (stay, moves) {
    case (nil, nil): step(old, before, twoBefore, skips, emissions, new, count)
    case (nil, let moves?): step(old, before, twoBefore, skips, emissions, new, count, moves)
    case (let stay?, nil): step(old, before, emissions, stay, new, count)
    case (let stay?, let moves?): step(old, before, emissions, stay, new, count, moves)
    }
    moves = moves.map { $0 + block.decisionStride }
    swap(&old, &new)
    row += block.rowStride
    let next = count &+ block.growth
    count = next < block.stateCount &- first ? next : block.stateCount &- first
  }
  if old != block.scores + first {
    for state in 0..<count { new[state] = old[state] }
  }
}

// The four loops have no branch, no address that depends on a value and no check for overflow, so that
// compilers make vectors of them.

private typealias Numbers = UnsafePointer<Double>
private typealias Target = UnsafeMutablePointer<Double>

/// States that emit their own column.
@inline(__always)
private func step(
  _ same: Target, _ before: Numbers, _ twoBefore: Numbers, _ skips: Numbers, _ emissions: Target,
  _ new: Target, _ count: Int
) {
  var state = 0
  while state < count {
    let (stayed, moved) = (same[state], before[state])
    let skipped = twoBefore[state] + skips[state]
    let near = moved >= stayed ? moved : stayed
    new[state] = (skipped >= near ? skipped : near) + emissions[state]
    state &+= 1
  }
}

@inline(__always)
private func step(
  _ same: Target, _ before: Numbers, _ twoBefore: Numbers, _ skips: Numbers, _ emissions: Target,
  _ new: Target, _ count: Int, _ moves: UnsafeMutablePointer<UInt8>
) {
  var state = 0
  while state < count {
    let (stayed, moved) = (same[state], before[state])
    let skipped = twoBefore[state] + skips[state]
    let near = moved >= stayed ? moved : stayed
    let nearMove: UInt8 = moved >= stayed ? 1 : 0
    new[state] = (skipped >= near ? skipped : near) + emissions[state]
    moves[state] = skipped >= near ? 2 : nearMove
    state &+= 1
  }
}

/// States that emit their own column when they are come to, and another as long as the path stays.
@inline(__always)
private func step(
  _ same: Target, _ before: Numbers, _ emissions: Target, _ stay: Double, _ new: Target,
  _ count: Int
) {
  var state = 0
  while state < count {
    let stayed = same[state] + stay
    let moved = before[state] + emissions[state]
    new[state] = moved >= stayed ? moved : stayed
    state &+= 1
  }
}

@inline(__always)
private func step(
  _ same: Target, _ before: Numbers, _ emissions: Target, _ stay: Double, _ new: Target,
  _ count: Int, _ moves: UnsafeMutablePointer<UInt8>
) {
  var state = 0
  while state < count {
    let stayed = same[state] + stay
    let moved = before[state] + emissions[state]
    new[state] = moved >= stayed ? moved : stayed
    moves[state] = moved >= stayed ? 1 : 0
    state &+= 1
  }
}
