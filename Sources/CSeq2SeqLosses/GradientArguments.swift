import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Where C wants values and their gradient.
struct GradientArguments {
  /// The header's name of the values.
  let name: String
  let weights: UnsafePointer<Double>?
  let values: UnsafeMutablePointer<Double>?
  let gradient: UnsafePointer<seq2seq_tensor>?

  init(
    _ name: String, _ weights: UnsafePointer<Double>?, _ values: UnsafeMutablePointer<Double>?,
    _ gradient: UnsafePointer<seq2seq_tensor>?
  ) {
    self.name = name
    self.weights = weights
    self.values = values
    self.gradient = gradient
  }
}

extension TypedTensor {
  /// Hands `body` the checked memory for values and gradient, and the options of the gradient.
  func write(
    _ call: CTCCall, _ arguments: GradientArguments,
    _ body: (
      _ values: inout MutableSpan<Double>, _ gradient: inout MutableSpan<Element>,
      _ output: GradientOutput<LogitsLayout>
    ) throws(InputError) -> Void
  ) throws(InputError) {
    let gradient = try sameType("gradient", arguments.gradient)
    // Kernels build the gradient where it goes while they still read the logits.
    guard buffer.isEmpty || gradient.buffer.baseAddress != buffer.baseAddress else {
      throw InputError("gradient", "the memory of the logits")
    }
    let results = try results(arguments.name, arguments.values, layout.batch)
    var values = results.mutableSpan
    var span = gradient.buffer.mutableSpan
    try body(
      &values, &span,
      GradientOutput(
        weights: weights(arguments.weights, layout.batch), layout: gradient.layout,
        workspace: call.workspace))
  }
}
