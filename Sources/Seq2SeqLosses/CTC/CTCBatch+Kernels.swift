import CLibrary
import LossKernelInterface

extension CTCBatch {
  /// A sample's loss by the fast kernels, and its gradient times `weight` if there is room for one, or
  /// with a direction the product of the Hessian and it; with shared rows its posteriors are added to theirs;
  /// `nil` where the sample is out of the kernels' range, and is to be done by the general engine.
  ///
  /// Which of the two does a sample depends on its own logits and labels alone.
  func kernelLoss(
    _ sample: Int, _ workspace: CTCWorkspace, gradient: StridedBuffer<Element>? = nil,
    along direction: StridedBuffer<Element>? = nil, weight: Double = 1,
    shared: BandSample.Shared? = nil, found: ((BandSample) -> Void)? = nil
  ) -> Double? {
    if loss.inputs == .logProbabilities && shared == nil {
      return logProbabilityLoss(
        sample, workspace, gradient: gradient, along: direction, weight: weight)
    }
    return rowLoss(
      sample, workspace, gradient: gradient, along: direction, weight: weight, shared: shared,
      found: found)
  }

  /// The same in the arithmetic of the element type's rows, or of centred ones; `leastBits` is that of a
  /// ``BandSample``.
  func rowLoss(
    _ sample: Int, _ workspace: CTCWorkspace, gradient: StridedBuffer<Element>?,
    along direction: StridedBuffer<Element>?, weight: Double, shared: BandSample.Shared? = nil,
    leastBits: Double = -.infinity, isCentred: Bool = false, found: ((BandSample) -> Void)? = nil
  ) -> Double? {
    let frames = layout.lengths[sample]
    let labels = sequences[groups[sample].lowerBound]
    guard
      let topology = loss.topology.kernel, let element = Element.kernelElement,
      let logits = logits.kernelRows(sample), kernelsTake(frames: frames, weight: weight)
    else { return nil }
    let outcome = runKernel(
      workspace, topology, element, logits, gradient: gradient?.kernelRows(sample), frames: frames,
      vocabulary: layout.vocabulary, blank: loss.blank, labels: labels, weight: weight
    ) { task in
      task.direction = direction?.kernelRows(sample)
      task.shared = shared
      task.leastBits = leastBits
      task.isCentred = isCentred
    }
    guard outcome.outcome != .wide else { return nil }
    found?(outcome)
    if shared != nil && outcome.outcome == .done { return logarithm(of: outcome) }
    if let gradient { fill(gradient, sample, after: outcome.outcome) }
    return self.loss(of: outcome)
  }

  /// Whether a sample's sizes and weight are in the kernels' range: they count frames and tokens in Int32.
  func kernelsTake(frames: Int, weight: Double) -> Bool {
    0 < frames && frames < Int32.max && layout.vocabulary < Int32.max
      && weight.magnitude <= largestKernelWeight
  }

  /// What a kernel finds of rows of a sample.
  ///
  /// - Parameter set: Sets what not all samples have.
  func runKernel(
    _ workspace: CTCWorkspace, _ topology: BandSample.Topology, _ element: KernelElementType,
    _ logits: BandSample.Rows,
    gradient: BandSample.Rows?, frames: Int, vocabulary: Int, blank: Int,
    labels: ArraySlice<Int>, weight: Double, _ set: (inout BandSample) -> Void
  ) -> BandSample {
    labels.withUnsafeBufferPointer { labels in
      var task = BandSample(
        element: element, logits: logits, gradient: gradient, frames: frames,
        vocabulary: vocabulary, blank: blank,
        // Of no labels there is no address, and none is read.
        labels: labels.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped,
        labelCount: labels.count, topology: topology,
        isLogits: loss.inputs == .logits, weight: weight,
        memory: UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped, prefixes: .none)
      set(&task)
      if gradient != nil || task.shared?.posteriors != nil {
        task.prefixes = frames * task.paddedSlots > workspace.keptSums ? .segment : .all
      }
      workspace.run(&task)
      return task
    }
  }

  /// Writes what a kernel leaves: frames past the sample's length, and all of a sample without paths.
  func fill(
    _ gradient: StridedBuffer<Element>, _ sample: Int, after outcome: KernelOutcome
  ) {
    let frames = layout.lengths[sample]
    switch outcome {
    case .invalid:
      for frame in 0..<frames { gradient.fill(sample, frame, with: .nan) }
      gradient.clear(sample, frames..<layout.time)
    case .infeasible: gradient.clear(sample, 0..<layout.time)
    case .done, .wide: gradient.clear(sample, frames..<layout.time)
    }
  }

  /// What a kernel that is done has found.
  func loss(of sample: BandSample) -> Double {
    switch sample.outcome {
    case .invalid: return .nan
    case .infeasible: return .infinity
    case .done, .wide:
      guard sample.isCentred else {
        let loss = logarithm(of: sample)
        return loss <= 0 ? 0 : loss
      }
      var logarithm = CompensatedSum()
      logarithm.add(sample.reference.sum)
      logarithm.add(sample.reference.rest)
      logarithm.addLogarithm(mantissa: sample.mantissa, exponent: sample.exponent)
      let loss = -logarithm.value
      // Below 0 by more than our own roundings it is the caller's rows that add up to more than one.
      let rounding = Double(sample.frames) * 0x1p-50
      return -rounding <= loss && loss <= 0 ? 0 : loss
    }
  }

  /// Minus the logarithm of what a kernel has found.
  private func logarithm(of sample: BandSample) -> Double {
    // In one form, whatever exponent the kernel had: the same bits.
    let mantissa = sample.mantissa.significand
    let exponent = sample.exponent + Double(sample.mantissa.exponent)
    // As one number where that is possible: a loss near 0 keeps its digits.
    return
      exponent.magnitude < 500
      ? -log(Double(sign: .plus, exponent: Int(exponent), significand: mantissa))
      : -(log(mantissa) + exponent * 0.6931471805599453)
  }
}

extension CTCWorkspace {
  /// Computes a sample whose ``BandSample/memory`` is not set yet.
  func run(_ task: inout BandSample) {
    task.memory = UnsafeMutableRawPointer(
      kernelMemory.reserve(
        UInt8.self, count: BandMemory.byteCount(of: task)))
    variant.run(&task)
  }
}

extension LogitElement {
  /// The kernels' name of the element type; `nil` for a caller's own.
  static var kernelElement: KernelElementType? {
    if Self.self == Float.self { return .float }
    if Self.self == Double.self { return .double }
    if Self.self == BFloat16.self { return .bfloat16 }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      if Self.self == Float16.self { return .float16 }
    #endif
    return nil
  }
}
