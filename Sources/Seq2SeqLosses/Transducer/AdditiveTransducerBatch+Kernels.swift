import CTCKernelInterface

extension AdditiveTransducerBatch {
  /// What the fast kernels find of a sample; `nil` where it is out of their range, and is to be done by the general
  /// engine.
  ///
  /// Which of the two does a sample depends on its own rows and labels alone, and on the average where there is one.
  func kernelResult(
    _ index: Int, _ workspace: TransducerWorkspace, _ gradients: Gradients?,
    findsOccupancies: Bool
  ) -> Result? {
    let frames = layout.encoder.lengths[index]
    let sequence = Array(labels[index])
    guard variant != .general, let element = Element.kernelElement,
      // Exponents of 2^31 at most, summed up along a path, stay whole numbers.
      0 < frames, frames + sequence.count < 1 << 20,
      let encoder = encoder.rows(index), let predictor = predictor.rows(index)
    else { return nil }
    return sequence.withUnsafeBufferPointer { sequence in
      var task = AdditiveSample(
        element: element, encoder: encoder.base, encoderStride: encoder.stride,
        predictor: predictor.base, predictorStride: predictor.stride, frames: frames,
        labels: sequence, vocabulary: layout.vocabulary, blank: loss.blank)
      if let gradients {
        // A gradient lies as what it is the gradient of.
        guard let encoder = gradients.encoder.rows(index),
          let predictor = gradients.predictor.rows(index)
        else { return nil }
        (task.encoderGradient, task.encoderGradientStride) = (encoder.base, encoder.stride)
        (task.predictorGradient, task.predictorGradientStride) = (predictor.base, predictor.stride)
      }
      task.jointShare = jointShare
      task.predictorShare = loss.predictorShare
      task.encoderShare = loss.encoderShare
      task.labelFactor = 1 + loss.fastEmit
      guard let average else {
        return run(&task, index, workspace, gradients, findsOccupancies: findsOccupancies)
      }
      var averageGradient = [Double](repeating: 0, count: layout.vocabulary)
      let result: Result? = average.logarithms.withUnsafeBufferPointer { logarithms in
        averageGradient.withUnsafeMutableBufferPointer { averageGradient in
          task.average = logarithms.baseAddress
          task.averageGradient = averageGradient.baseAddress
          return run(&task, index, workspace, gradients, findsOccupancies: findsOccupancies)
        }
      }
      guard var result else { return nil }
      if result.loss.isFinite { result.averageGradient = averageGradient }
      return result
    }
  }

  private func run(
    _ task: inout AdditiveSample, _ index: Int, _ workspace: TransducerWorkspace,
    _ gradients: Gradients?, findsOccupancies: Bool
  ) -> Result? {
    let unplaced = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    let byteCount = AdditiveMemory(task, base: unplaced).byteCount
    task.memory = UnsafeMutableRawPointer(
      workspace.rowMemory.reserve(UInt8.self, count: byteCount))
    variant.run(&task)
    guard task.outcome != .wide else { return nil }
    let size = (frames: task.frames, positions: task.positions)
    guard task.outcome == .done else {
      fill(gradients, index, with: .nan)
      return Result(
        loss: .nan, occupancies: findsOccupancies ? .init(filled: size, with: .nan) : nil)
    }
    // To the grid's kernels each node is a row of two logarithms, the label's so far behind the blank's.
    let memory = AdditiveMemory(task, base: task.memory)
    let labelColumn = task.frames * memory.nodeStride
    let columns = [0, -1]
    let labels = [Int](repeating: labelColumn, count: task.labelCount)
    return columns.withUnsafeBufferPointer { columns in
      labels.withUnsafeBufferPointer { labels in
        moves.arcs.withUnsafeBufferPointer { arcs in
          var grid = GridSample(
            element: .double, normalization: .none,
            logits: UnsafeMutableRawPointer(memory.logProbabilities),
            frameStride: memory.nodeStride, positionStride: 1,
            // Never written: that there is one asks for the shares.
            gradient: gradients != nil || findsOccupancies
              ? UnsafeMutableRawPointer(memory.logProbabilities) : nil,
            frames: task.frames, labels: labels, vocabulary: 1, durationCount: 0,
            columns: columns, arcs: arcs)
          let gridMemory = workspace.prepare(&grid)
          variant.run(&grid)
          if grid.outcome == .done {
            grid.stage = .sums
            variant.run(&grid)
          }
          switch grid.outcome {
          case .wide: return nil
          case .done:
            let blanks = UnsafePointer(gridMemory.shares)
            let ofLabels = blanks + gridMemory.planeSize
            if gradients != nil {
              task.stage = .gradients
              (task.blankShares, task.labelShares) = (blanks, ofLabels)
              task.offsets = UnsafePointer(gridMemory.offsets)
              variant.run(&task)
            }
            let total = ExtendedRange(normalized: grid.mantissa, exponent: grid.exponent)
            return Result(
              loss: workspace.loss(
                ofTotal: total, canExceedOne: false, steps: task.frames + task.labelCount),
              occupancies: findsOccupancies
                ? .init(size, blanks, ofLabels, offsets: gridMemory.offsets) : nil)
          case .invalid, .infeasible:
            let isInvalid = grid.outcome == .invalid
            fill(gradients, index, with: isInvalid ? .nan : 0)
            return Result(
              loss: isInvalid ? .nan : .infinity,
              occupancies: findsOccupancies
                ? .init(filled: size, with: isInvalid ? .nan : 0) : nil)
          }
        }
      }
    }
  }
}

extension TransducerWorkspace {
  /// Gives a grid its memory.
  func prepare(_ grid: inout GridSample) -> GridMemory {
    let unplaced = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    let byteCount = GridMemory(grid, base: unplaced).byteCount
    grid.memory = UnsafeMutableRawPointer(kernelMemory.reserve(UInt8.self, count: byteCount))
    let memory = GridMemory(grid, base: grid.memory)
    memory.prepare(grid)
    return memory
  }
}

extension TransducerOccupancies.Sample {
  init(filled size: (frames: Int, positions: Int), with value: Double) {
    let values = [Double](repeating: value, count: size.frames * size.positions)
    self.init(unchecked: size.frames, size.positions, values, values)
  }

  /// From planes of the diagonals of a grid.
  fileprivate init(
    _ size: (frames: Int, positions: Int), _ blanks: UnsafePointer<Double>,
    _ labels: UnsafePointer<Double>, offsets: UnsafePointer<Int>
  ) {
    func rows(_ plane: UnsafePointer<Double>) -> [Double] {
      [Double](unsafeUninitializedCapacity: size.frames * size.positions) { rows, count in
        for frame in 0..<size.frames {
          for position in 0..<size.positions {
            // Rounding may make a certain move a little more than certain.
            (rows.baseAddress.unsafelyUnwrapped + count).initialize(
              to: min(1, plane[offsets[frame + position] + position]))
            count += 1
          }
        }
      }
    }
    self.init(unchecked: size.frames, size.positions, rows(blanks), rows(labels))
  }
}

extension StridedBuffer {
  /// A sample's rows for a kernel that wants the values of each next to each other; `nil` where they are not.
  fileprivate func rows(_ sample: Int) -> (base: UnsafeMutableRawPointer, stride: Int)? {
    guard layout.vocabularyStride == 1 || layout.vocabulary == 1,
      let start = start(sample, 0, as: Element.self)
    else { return nil }
    return (UnsafeMutableRawPointer(start), layout.timeStride)
  }
}
