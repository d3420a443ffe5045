import LossKernelInterface

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
    guard variant != .general, loss.fastEmit <= largestKernelWeight,
      let element = Element.kernelElement,
      // Exponents of 2^31 at most, summed up along a path, stay whole numbers.
      0 < frames, frames + sequence.count < 1 << 20,
      let encoder = encoder.rows(index), let predictor = predictor.rows(index)
    else { return nil }
    // To the grid each node has two columns, the blank's and the label's; their values are never read.
    return sequence.withUnsafeBufferPointer { sequence in
      [0, -1].withUnsafeBufferPointer { columns in
        moves.arcs.withUnsafeBufferPointer { arcs in
          let nowhere = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
          var grid = GridSample(
            element: .double, normalization: .none, logits: nowhere, frameStride: 0,
            positionStride: 0,
            // That there is a gradient asks for the shares; it is written from them elsewhere.
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

  /// Gives a task its options and gradients; false where a gradient does not lie as the kernels want it.
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

  /// Calls `body` with the average in its place, and puts what is found about it into the result.
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
  /// The predictor's gradient as a kernel that computes in single precision has left it, `[positions, vocabulary]`.
  fileprivate func gradient(_ sample: AdditiveSample) -> [Float] {
    let rows = UnsafePointer(gradientRows.assumingMemoryBound(to: Float.self))
    return (0..<sample.positions).flatMap { position in
      UnsafeBufferPointer(start: rows + position * rowStride, count: sample.vocabulary)
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
  fileprivate init(_ size: (frames: Int, positions: Int), _ memory: GridMemory) {
    func rows(_ plane: UnsafePointer<Double>) -> [Double] {
      [Double](count: size.frames * size.positions) { rows in
        for frame in 0..<size.frames {
          for position in 0..<size.positions {
            // Rounding may make a certain move a little more than certain.
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
  /// A sample's rows for a kernel that wants the values of each next to each other; `nil` where they are not.
  fileprivate func rows(_ sample: Int) -> (base: UnsafeMutableRawPointer, stride: Int)? {
    guard layout.vocabularyStride == 1 || layout.vocabulary == 1,
      let start = start(sample, 0, as: Element.self)
    else { return nil }
    return (UnsafeMutableRawPointer(start), layout.timeStride)
  }
}
