import LossKernelInterface

extension AdditiveTransducerBatch {
  /// Computes a sample by the fast kernels; `nil` if it is beyond their range, so that the general
  /// engine must compute it.
  ///
  /// The choice depends only on the sample's own rows and labels, and on the average if there is
  /// one.
  func kernelResult(
    _ index: Int, _ workspace: TransducerWorkspace, _ gradients: Gradients?,
    findsOccupancies: Bool
  ) -> Result? {
    let frames = layout.encoder.lengths[index]
    let sequence = Array(labels[index])
    guard variant != .general, loss.fastEmit <= largestKernelWeight,
      let element = Element.kernelElement,
      // Exponents of at most 2^31, added up along a path, remain integers.
      0 < frames, frames + sequence.count < 1 << 20,
      let encoder = encoder.rows(index), let predictor = predictor.rows(index)
    else { return nil }
    // For the grid, each node has two columns, the blank's and the label's; their values are never
    // read.
    return sequence.withUnsafeBufferPointer { sequence in
      [0, -1].withUnsafeBufferPointer { columns in
        moves.arcs.withUnsafeBufferPointer { arcs in
          let nowhere = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
          var grid = GridSample(
            element: .double, normalization: .none, logits: nowhere, frameStride: 0,
            positionStride: 0,
            // A gradient that is not nil requests the posteriors. It is written from them
            // elsewhere.
            gradient: gradients != nil || findsOccupancies ? nowhere : nil, frames: frames,
            labels: sequence, vocabulary: 1, durationCount: 0, columns: columns, arcs: arcs)
          let memory = workspace.prepare(&grid)
          return withUnsafeMutablePointer(to: &grid) { grid in
            var task = AdditiveSample(
              element: element, encoder: encoder.base, encoderStride: encoder.stride,
              predictor: predictor.base, predictorStride: predictor.stride, frames: frames,
              labels: sequence, vocabulary: layout.vocabulary, blank: loss.blank, grid: grid)
            guard place(gradients, index, in: &task) else { return nil }
            return withAverage(&task) { task in
              run(&task, memory, index, workspace, gradients, findsOccupancies: findsOccupancies)
            }
          }
        }
      }
    }
  }

  /// Sets the options and gradients of a task; false if the layout of a gradient does not suit the
  /// kernels.
  private func place(_ gradients: Gradients?, _ index: Int, in task: inout AdditiveSample) -> Bool {
    task.jointShare = jointShare
    task.predictorShare = loss.predictorShare
    task.encoderShare = loss.encoderShare
    task.labelFactor = 1 + loss.fastEmit
    guard let gradients else { return true }
    guard let encoder = gradients.encoder.rows(index),
      let predictor = gradients.predictor.rows(index)
    else { return false }
    (task.encoderGradient, task.encoderGradientStride) = (encoder.base, encoder.stride)
    (task.predictorGradient, task.predictorGradientStride) = (predictor.base, predictor.stride)
    return true
  }

  /// Calls `body` with the average in place, and stores the derivative with respect to it in the
  /// result.
  private func withAverage(
    _ task: inout AdditiveSample, _ body: (inout AdditiveSample) -> Result?
  ) -> Result? {
    guard let average else { return body(&task) }
    var derivative = [Double](repeating: 0, count: layout.vocabulary)
    var result = average.logarithms.withUnsafeBufferPointer { logarithms in
      derivative.withUnsafeMutableBufferPointer { derivative in
        task.average = logarithms.baseAddress
        task.averageGradient = derivative.baseAddress
        return body(&task)
      }
    }
    if result?.loss.isFinite == true { result?.averageGradient = derivative }
    return result
  }

  private func run(
    _ task: inout AdditiveSample, _ gridMemory: GridMemory, _ index: Int,
    _ workspace: TransducerWorkspace, _ gradients: Gradients?, findsOccupancies: Bool
  ) -> Result? {
    let unplaced = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    let byteCount = AdditiveMemory(task, base: unplaced).byteCount
    task.memory = UnsafeMutableRawPointer(
      workspace.rowMemory.reserve(UInt8.self, count: byteCount))
    variant.run(&task)
    var outcome = task.outcome
    if outcome == .done {
      task.grid.pointee.stage = .sums
      variant.run(&task.grid.pointee)
      outcome = task.grid.pointee.outcome
    }
    let size = (frames: task.frames, positions: task.positions)
    switch outcome {
    case .wide: return nil
    case .done:
      if gradients != nil {
        task.stage = .gradients
        variant.run(&task)
      }
      let total = ExtendedRange(
        normalized: task.grid.pointee.mantissa, exponent: task.grid.pointee.exponent)
      return Result(
        loss: workspace.loss(
          ofTotal: total, canExceedOne: false, steps: task.frames + task.labelCount),
        occupancies: findsOccupancies ? .init(size, gridMemory) : nil,
        predictorGradient: gradients != nil && roundsLast
          ? AdditiveMemory(task, base: task.memory).gradient(task) : nil)
    case .invalid, .infeasible:
      let isInvalid = outcome == .invalid
      fill(gradients, index, with: isInvalid ? .nan : 0)
      return Result(
        loss: isInvalid ? .nan : .infinity,
        occupancies: findsOccupancies ? .init(filled: size, with: isInvalid ? .nan : 0) : nil)
    }
  }
}

extension AdditiveMemory {
  /// The predictor's gradient from a kernel that computes in single precision, `[positions,
  /// vocabulary]`.
  fileprivate func gradient(_ sample: AdditiveSample) -> [Float] {
    let rows = UnsafePointer(gradientRows.assumingMemoryBound(to: Float.self))
    return (0..<sample.positions).flatMap { position in
      UnsafeBufferPointer(start: rows + position * rowStride, count: sample.vocabulary)
    }
  }
}

extension TransducerWorkspace {
  /// Allocates the memory of a grid.
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

  /// Reads the planes of a grid, which are stored by diagonals.
  fileprivate init(_ size: (frames: Int, positions: Int), _ memory: GridMemory) {
    func rows(_ plane: UnsafePointer<Double>) -> [Double] {
      [Double](count: size.frames * size.positions) { rows in
        for frame in 0..<size.frames {
          for position in 0..<size.positions {
            // Rounding may make the probability of a certain move slightly larger than one.
            rows.initializeElement(
              at: frame * size.positions + position,
              to: min(1, plane[memory.offsets[frame + position] + position]))
          }
        }
      }
    }
    self.init(
      unchecked: size.frames, size.positions, rows(UnsafePointer(memory.shares)),
      rows(UnsafePointer(memory.shares + memory.planeSize)))
  }
}

extension StridedBuffer {
  /// The rows of a sample for a kernel that needs contiguous rows; `nil` if they are not
  /// contiguous.
  fileprivate func rows(_ sample: Int) -> (base: UnsafeMutableRawPointer, stride: Int)? {
    guard layout.vocabularyStride == 1 || layout.vocabulary == 1,
      let start = start(sample, 0, as: Element.self)
    else { return nil }
    return (UnsafeMutableRawPointer(start), layout.timeStride)
  }
}
