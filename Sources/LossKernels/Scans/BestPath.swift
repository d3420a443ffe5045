import LossKernelInterface

#if WIDE
  /// Advances the scores of a best path through some frames; needs AVX-512 F, BW, CD, DQ and VL.
  package func runBestPathAVX512(_ block: UnsafeMutablePointer<BestPathBlock>) { advance(block) }
#elseif FUSED
  /// Advances the scores of a best path through some frames; needs AVX2, FMA and F16C.
  package func runBestPathAVX2(_ block: UnsafeMutablePointer<BestPathBlock>) { advance(block) }
#else
  /// Advances the scores of a best path through some frames.
  package func runBestPath(_ block: UnsafeMutablePointer<BestPathBlock>) { advance(block) }
#endif

/// Viterbi's recursion. If predecessors tie, the lowest state wins.
@inline(__always)
private func advance(_ block: UnsafeMutablePointer<BestPathBlock>) {
  let block = block.pointee
  let first = block.first
  var (labels, newLabels) = (block.labels + first, block.newLabels + first)
  var blanks = block.blanks.map { $0 + first }
  var newBlanks = block.newBlanks.map { $0 + first }
  let emissions = block.emissions + first
  let columns = block.columns + first
  let skips = block.skips + first
  var count = block.end &- first
  var row = block.rows
  var moves = block.decisions
  var (gaps, gapCount) = (block.gaps, block.gapCount)
  while gapCount > 0 && Int(gaps[0]) < first { (gaps, gapCount) = (gaps + 1, gapCount &- 1) }
  for _ in 0..<block.frames {
    var position = 0
    while position < count {
      emissions[position] = row[Int(columns[position])]
      position &+= 1
    }
    let before = Numbers(labels - 1)
    let blank = row[block.blank]
    if let oldBlanks = blanks, let nextBlanks = newBlanks {
      skip(before, skips, newLabels, count)
      if let moves {
        enterBlanks(oldBlanks, before, blank, nextBlanks, count, moves)
        enterLabels(labels, oldBlanks, emissions, newLabels, count, moves + block.decisionStride)
      } else {
        enterBlanks(oldBlanks, before, blank, nextBlanks, count)
        enterLabels(labels, oldBlanks, emissions, newLabels, count)
      }
      var gap = 0
      while gap < gapCount && Int(gaps[gap]) &- first < count {
        let position = Int(gaps[gap]) &- first
        let (stayed, moved) = (oldBlanks[position], before[position])
        nextBlanks[position] = (moved >= stayed ? moved : stayed) + row[block.gapColumn]
        gap &+= 1
      }
      swap(&blanks, &newBlanks)
      moves = moves.map { $0 + 2 &* block.decisionStride }
    } else if !block.hasBlank {
      skip(before, skips, newLabels, count)
      if let moves {
        enterOnlyLabels(labels, emissions, newLabels, count, moves)
      } else {
        enterOnlyLabels(labels, emissions, newLabels, count)
      }
      // Position 0 has no label that could be emitted.
      if first == 0 { newLabels[0] = -.infinity }
      moves = moves.map { $0 + block.decisionStride }
    } else {
      if let moves {
        enter(labels, before, emissions, blank, newLabels, count, moves)
      } else {
        enter(labels, before, emissions, blank, newLabels, count)
      }
      var gap = 0
      while gap < gapCount && Int(gaps[gap]) &- first < count {
        let position = Int(gaps[gap]) &- first
        let stayed = labels[position] + row[block.gapColumn]
        let moved = before[position] + emissions[position]
        newLabels[position] = moved >= stayed ? moved : stayed
        if let moves { moves[position] = moved >= stayed ? 1 : 0 }
        gap &+= 1
      }
      moves = moves.map { $0 + block.decisionStride }
    }
    swap(&labels, &newLabels)
    row += block.rowStride
    let next = count &+ 1
    count = next < block.positionCount &- first ? next : block.positionCount &- first
  }
  if labels != block.labels + first {
    newLabels.update(from: labels, count: count)
    if let newBlanks, let blanks { newBlanks.update(from: blanks, count: count) }
  }
}

// These loops have no branch, no address that depends on a value, no overflow check, and few enough
// arrays for an overlap check, so compilers vectorize them.

private typealias Numbers = UnsafePointer<Double>
private typealias Target = UnsafeMutablePointer<Double>
private typealias Moves = UnsafeMutablePointer<UInt8>

/// From label to label, if repeats merge.
@inline(__always)
private func skip(_ before: Numbers, _ skips: Numbers, _ new: Target, _ count: Int) {
  var position = 0
  while position < count {
    new[position] = before[position] + skips[position]
    position &+= 1
  }
}

/// Classic topology, into blanks: from the same blank and from the label before it.
@inline(__always)
private func enterBlanks(
  _ same: Target, _ before: Numbers, _ blank: Double, _ new: Target, _ count: Int
) {
  var position = 0
  while position < count {
    let (stayed, moved) = (same[position], before[position])
    new[position] = (moved >= stayed ? moved : stayed) + blank
    position &+= 1
  }
}

@inline(__always)
private func enterBlanks(
  _ same: Target, _ before: Numbers, _ blank: Double, _ new: Target, _ count: Int, _ moves: Moves
) {
  var position = 0
  while position < count {
    let (stayed, moved) = (same[position], before[position])
    new[position] = (moved >= stayed ? moved : stayed) + blank
    moves[position] = moved >= stayed ? 1 : 0
    position &+= 1
  }
}

/// Classic topology, into labels: from the same label, from the blank before it, and from the label
/// before that, whose scores are in `new`.
@inline(__always)
private func enterLabels(
  _ same: Target, _ blanks: Target, _ emissions: Target, _ new: Target, _ count: Int
) {
  var position = 0
  while position < count {
    let (stayed, moved, skipped) = (same[position], blanks[position], new[position])
    let near = moved >= stayed ? moved : stayed
    new[position] = (skipped >= near ? skipped : near) + emissions[position]
    position &+= 1
  }
}

@inline(__always)
private func enterLabels(
  _ same: Target, _ blanks: Target, _ emissions: Target, _ new: Target, _ count: Int,
  _ moves: Moves
) {
  var position = 0
  while position < count {
    let (stayed, moved, skipped) = (same[position], blanks[position], new[position])
    let near = moved >= stayed ? moved : stayed
    let nearMove: UInt8 = moved >= stayed ? 1 : 0
    new[position] = (skipped >= near ? skipped : near) + emissions[position]
    moves[position] = skipped >= near ? 2 : nearMove
    position &+= 1
  }
}

/// Without a blank, into labels: from the same label, and from the label before it, whose scores
/// are in `new`.
@inline(__always)
private func enterOnlyLabels(_ same: Target, _ emissions: Target, _ new: Target, _ count: Int) {
  var position = 0
  while position < count {
    let (stayed, moved) = (same[position], new[position])
    new[position] = (moved >= stayed ? moved : stayed) + emissions[position]
    position &+= 1
  }
}

@inline(__always)
private func enterOnlyLabels(
  _ same: Target, _ emissions: Target, _ new: Target, _ count: Int, _ moves: Moves
) {
  var position = 0
  while position < count {
    let (stayed, moved) = (same[position], new[position])
    new[position] = (moved >= stayed ? moved : stayed) + emissions[position]
    moves[position] = moved >= stayed ? 1 : 0
    position &+= 1
  }
}

/// Simplified topology: staying emits the blank, moving emits the label.
@inline(__always)
private func enter(
  _ same: Target, _ before: Numbers, _ emissions: Target, _ blank: Double, _ new: Target,
  _ count: Int
) {
  var position = 0
  while position < count {
    let stayed = same[position] + blank
    let moved = before[position] + emissions[position]
    new[position] = moved >= stayed ? moved : stayed
    position &+= 1
  }
}

@inline(__always)
private func enter(
  _ same: Target, _ before: Numbers, _ emissions: Target, _ blank: Double, _ new: Target,
  _ count: Int, _ moves: Moves
) {
  var position = 0
  while position < count {
    let stayed = same[position] + blank
    let moved = before[position] + emissions[position]
    new[position] = moved >= stayed ? moved : stayed
    moves[position] = moved >= stayed ? 1 : 0
    position &+= 1
  }
}
