import CLibrary
import LossKernelInterface

extension CTCBatch {
  /// Computes a sample's loss by the fast kernels, and its gradient times `weight` if there is
  /// memory for one. With a direction, computes the Hessian-vector product instead of the gradient.
  /// With shared rows, adds its posteriors to those of the rows. Returns `nil` if the sample is
  /// beyond the kernels' range, so that the general engine must compute it.
  ///
  /// The choice depends only on the sample's own logits and labels.
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

  /// The same in the arithmetic of the element type's rows, or of `Double` rows minus their largest
  /// values. For `leastBits` see ``BandSample``.
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

  /// Whether a sample's sizes and weight are in the kernels' range. They count frames and tokens in
  /// Int32.
  func kernelsTake(frames: Int, weight: Double) -> Bool {
    0 < frames && frames < Int32.max && layout.vocabulary < Int32.max
      && weight.magnitude <= largestKernelWeight
  }

  /// Runs a kernel on rows of a sample.
  ///
  /// - Parameter set: Sets the fields that not all samples use.
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
        // Without labels there is no address. This one is never read.
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

  /// Writes the values that a kernel does not write: those of frames past the sample's length, and
  /// all of a sample without paths.
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

  /// The loss from the result of a kernel.
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
      // A loss further below 0 than our rounding errors means that the caller's rows sum to more
      // than one.
      let rounding = Double(sample.frames) * 0x1p-50
      return -rounding <= loss && loss <= 0 ? 0 : loss
    }
  }

  /// Minus the logarithm of the probability from the result of a kernel.
  private func logarithm(of sample: BandSample) -> Double {
    // Normalized, so that the bits do not depend on the kernel's exponent.
    let mantissa = sample.mantissa.significand
    let exponent = sample.exponent + Double(sample.mantissa.exponent)
    // Computed from one number if possible, so that a loss near 0 keeps its digits.
    return
      exponent.magnitude < 500
      ? -log(Double(sign: .plus, exponent: Int(exponent), significand: mantissa))
      : -(log(mantissa) + exponent * 0.6931471805599453)
  }
}

extension CTCWorkspace {
  /// Runs a kernel on a sample whose ``BandSample/memory`` is not set yet.
  func run(_ task: inout BandSample) {
    task.memory = UnsafeMutableRawPointer(
      kernelMemory.reserve(
        UInt8.self, count: BandMemory.byteCount(of: task)))
    variant.run(&task)
  }
}

extension LogitElement {
  /// The kernels' name of the element type; `nil` for a type of the caller's own.
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
