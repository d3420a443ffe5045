import LossKernelInterface

extension TransducerBatch {
  /// Computes a sample's loss by the fast kernels, and its gradient if there is memory for one;
  /// `nil` if the sample is beyond the kernels' range, so that the general engine must compute it.
  ///
  /// The choice depends only on the sample's own logits and labels.
  func kernelLoss(
    _ index: Int, _ workspace: TransducerWorkspace, gradient: StridedBuffer<Element>?,
    weight: Double = 1
  ) -> Double? {
    let frames = layout.lengths[index]
    let sequence = Array(labels[index])
    let rows = layout.samples[index]
    let columns = layout.vocabulary
    let (sampleColumns, durations) = (columns - moves.durationCount, moves.durationCount)
    guard variant != .general, loss.wildcard == nil,
      weight.magnitude * (1 + loss.fastEmit) <= largestKernelWeight,
      let element = Element.kernelElement,
      // Exponents of at most 2^31, added up along a path, remain integers.
      0 < frames, frames + sequence.count < 1 << 20,
      loss.normalization != .factored || sampleColumns > 1,
      // Paddings as long as the longest move separate the diagonals.
      moves.arcs.allSatisfy({ $0.frames <= 64 }),
      let logits = StridedBuffer(logits, rows).start(0, 0, as: Element.self)
    else { return nil }
    let windows =
      layout.windows.isEmpty
      ? [] : layout.windows[index].flatMap { [$0.lowerBound, $0.upperBound] }
    let firstPositions = layout.firstPositions.isEmpty ? [] : layout.firstPositions[index]
    return sequence.withUnsafeBufferPointer { sequence in
      moves.columns.withUnsafeBufferPointer { columns in
        moves.arcs.withUnsafeBufferPointer { arcs in
          windows.withUnsafeBufferPointer { windows in
            firstPositions.withUnsafeBufferPointer { firstPositions in
              var task = GridSample(
                element: element, normalization: loss.normalization.kernelNormalization,
                logits: UnsafeMutableRawPointer(logits), frameStride: rows.batchStride,
                positionStride: rows.timeStride,
                gradient: gradient?.start(0, 0, as: Element.self).map {
                  UnsafeMutableRawPointer($0)
                },
                frames: frames, labels: sequence, vocabulary: sampleColumns,
                durationCount: durations, columns: columns, arcs: arcs)
              if !firstPositions.isEmpty {
                task.firstPositions = firstPositions.baseAddress
                task.positionsHeld = rows.time
              }
              task.windows = windows.isEmpty ? nil : windows.baseAddress
              task.labelFactor = 1 + loss.fastEmit
              task.gradientLimit = (loss.gradientLimit ?? .infinity) * weight.magnitude
              return run(&task, workspace, gradient, weight)
            }
          }
        }
      }
    }
  }

  private func run(
    _ task: inout GridSample, _ workspace: TransducerWorkspace,
    _ gradient: StridedBuffer<Element>?, _ weight: Double
  ) -> Double? {
    let unplaced = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    let byteCount = GridMemory(task, base: unplaced).byteCount
    task.memory = UnsafeMutableRawPointer(
      workspace.kernelMemory.reserve(UInt8.self, count: byteCount))
    #if DEBUG
      // Fills the memory with huge numbers, so that tests detect values that are read before they
      // are written.
      task.memory.initializeMemory(as: UInt8.self, repeating: 0x7E, count: byteCount)
    #endif
    GridMemory(task, base: task.memory).prepare(task)
    variant.run(&task)
    var loss = 0.0
    if task.outcome == .done {
      task.stage = .sums
      for (index, group) in moves.groups.enumerated() {
        task.arcsInSums = group.arcs
        task.addsShares = index > 0
        task.weight = group.weight * weight
        variant.run(&task)
        guard task.outcome == .done else { break }
        loss += group.weight * workspace.loss(of: task, moves)
      }
    }
    switch task.outcome {
    case .wide: return nil
    case .done:
      if gradient != nil {
        task.stage = .gradient
        variant.run(&task)
      }
      return loss
    case .invalid, .infeasible:
      let value = task.outcome == .invalid ? Double.nan : 0
      if let gradient {
        for frame in 0..<task.frames {
          for position in 0..<task.positions(frame).count {
            gradient.fill(frame, position, with: value)
          }
        }
      }
      return task.outcome == .invalid ? .nan : .infinity
    }
  }
}

extension TransducerWorkspace {
  /// The loss from the probability that a kernel has computed.
  func loss(of task: GridSample, _ moves: TransducerMoves) -> Double {
    self.loss(
      ofTotal: ExtendedRange(normalized: task.mantissa, exponent: task.exponent),
      canExceedOne: moves.canExceedOne, steps: task.frames + task.labelCount)
  }
}

extension TransducerNormalization {
  fileprivate var kernelNormalization: GridSample.Normalization {
    switch self {
    case .softmax: .softmax
    case .factored: .factored
    case .none: .none
    }
  }
}
