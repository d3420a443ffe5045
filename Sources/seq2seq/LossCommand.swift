import ArgumentParser
import Seq2SeqLosses
import TensorFiles

/// `seq2seq loss`: computes the losses of logits from a file.
struct LossCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loss",
    abstract: "Compute the CTC losses of logits in a file, and their derivatives.",
    discussion: """
      LOGITS is an .npy, .npz or .safetensors file of [batch, time, vocabulary] or [time, vocabulary], \
      float16, bfloat16, float32 or float64. LABELS is an .npy, .npz or .safetensors file of integers \
      [batch, width], where negative numbers at the end of a row are padding, or a JSON Lines file \
      with [1, 2, 3] or {"labels": [1, 2, 3]} on each line. Lengths are read from .npy, .npz or \
      .safetensors files. A name selects an array of a file with several. Losses are in nats.
      """)

  @Argument(help: "Logits or log-probabilities.") var logits: String
  @Argument(help: "One label sequence per sample.") var labels: String
  @Option(help: "The index of the blank.") var blank = 0
  @Option(help: "How paths collapse to labels.") var topology = CTCTopology.classic
  @Option(help: "The kind of the input values.") var inputs = CTCInputs.logits
  @Flag(help: "The logits are [time, batch, vocabulary].") var timeMajor = false
  @Option(help: "A file with the number of valid frames of each sample, [batch].")
  var logitLengths: String?
  @Option(help: "A file with the number of labels of each sample, [batch].")
  var labelLengths: String?
  @Option(help: "The name of the logits in an .npz or .safetensors file.") var logitsName: String?
  @Option(help: "The name of the labels in an .npz or .safetensors file.") var labelsName: String?
  @Option(help: "The name of the logit lengths in such a file.") var logitLengthsName: String?
  @Option(help: "The name of the label lengths in such a file.") var labelLengthsName: String?
  @Option(help: "Write the losses, float64 [batch], to an .npy file.") var losses: String?
  @Option(
    help: "Write the gradient to an .npy file: the type and shape of the logits, batch first.")
  var gradient: String?
  @Option(
    help: "Write the Hessians, [batch, time, vocabulary, time, vocabulary], to an .npy file.")
  var hessian: String?
  @Option(help: "The maximum number of threads (default: all processors).") var threads: Int?
  @Option(help: "The maximum number of rows of the table.") var rows = 20
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard rows >= 0 else { throw ValidationError("--rows must not be negative") }
    guard logitLengthsName == nil || logitLengths != nil else {
      throw ValidationError("--logit-lengths-name needs --logit-lengths")
    }
    guard labelLengthsName == nil || labelLengths != nil else {
      throw ValidationError("--label-lengths-name needs --label-lengths")
    }
    try checkThreads(threads)
  }

  func run() throws {
    let outputs = [("--losses", losses), ("--gradient", gradient), ("--hessian", hessian)]
    try FileRoles.check(
      inputs: [
        ("LOGITS", logits), ("LABELS", labels), ("--logit-lengths", logitLengths),
        ("--label-lengths", labelLengths),
      ],
      outputs: outputs)
    // Otherwise the file could not be read later, because its name implies another format.
    for case (let name, let path?) in outputs where ArrayFile.hasNames(path) {
      throw CommandFailure("\(name) \(path): arrays are written as .npy files")
    }
    let input = try LossInput(
      logitsFile: logits, logitsName: logitsName, labelsFile: labels, labelsName: labelsName,
      logitLengths: logitLengths, logitLengthsName: logitLengthsName, labelLengths: labelLengths,
      labelLengthsName: labelLengthsName, isTimeMajor: timeMajor)
    let job = LossJob(
      ctc: CTCLoss(blank: blank, topology: topology, inputs: inputs, threads: threads),
      layout: input.layout, labels: input.labels, lossesPath: losses, gradientPath: gradient,
      hessianPath: hessian)
    let (values, files) = try input.logits.withLogits(job)
    let report = try LossReport(losses: values, layout: input.layout, labels: input.labels)
    try files.flush()
    try print(try json ? jsonText(report, isPretty: true) : report.table(rows: rows))
    try StandardOutput.flush()
    try files.finish()
  }
}

extension CTCTopology: ExpressibleByArgument {}
extension CTCInputs: ExpressibleByArgument {}
