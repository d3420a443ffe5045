import ArgumentParser
import DigitStrings
import Foundation
import TensorFiles

/// `seq2seq demo`: trains a network to read strings of handwritten digits.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Train a small network to read strings of handwritten digits, in about a minute.",
    discussion: """
      Prints the loss and the character error rate on strings of held-out images while it trains \
      with the CTC or transducer loss. Then prints a string with its alignment, and writes the \
      posteriors as an SVG picture.
      """)

  @Flag(help: "Train a transducer with one label per frame instead of CTC.") var transducer = false
  @Option(help: "The number of training steps, of 32 strings each.") var steps = 1500
  @Option(help: "The seed of the training.") var seed: UInt64 = 1
  @Option(help: "The number of threads.") var threads = 2
  @Option(help: "The number of held-out strings for the error rate.") var heldOut = 400
  @Option(help: "The path of the picture.") var svg = "seq2seq-demo.svg"

  func validate() throws {
    guard steps > 0 else { throw ValidationError("--steps must be at least 1") }
    guard heldOut > 0 else { throw ValidationError("--held-out must be at least 1") }
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads must be from 1 to 256")
    }
  }

  func run() throws {
    try FileRoles.check(inputs: [], outputs: [("--svg", svg)])
    // Opened first, so that a path that cannot be written is reported before the training.
    let file = try OutputFile(svg)
    if transducer {
      try train(
        TransducerDigitReader.self, title: "A string of held-out digits, read by a transducer",
        to: file)
    } else {
      try train(CTCDigitReader.self, title: "A string of held-out digits, read with CTC", to: file)
    }
  }

  private func train<Reader: DigitReader>(
    _: Reader.Type, title: String, to file: OutputFile
  ) throws {
    let start = Date()
    var training = try DigitStringTraining<Reader>(
      steps: steps, seed: seed, threads: threads, heldOutCount: heldOut)
    try print("   step   training loss   held-out loss   held-out character error rate")
    try training.run(reportEvery: max(1, steps / 12)) { progress in
      try print(
        String(
          format: "%7d%16.3f%16.3f%15.2f %%", progress.step, progress.trainingLoss,
          progress.heldOut.loss, 100 * progress.heldOut.characterErrorRate))
      // Otherwise a pipe would get the progress only at the end.
      try StandardOutput.flush()
    }
    try print(String(format: "\ntrained for %.0f s\n", Date().timeIntervalSince(start)))
    let string = training.heldOutStrings[0]
    let reading = try training.read(string)
    try print("written  \(string.digits.map(String.init).joined(separator: " "))")
    try print("read     \(reading.digits.map(String.init).joined(separator: " "))\n")
    try print(
      AlignmentDrawing(width: 80, usesColor: isatty(STDOUT_FILENO) == 1).text(
        image: string.image, alignment: reading.alignment, tokens: DigitVocabulary.names,
        blank: DigitVocabulary.blank))
    let plot = PosteriorPlot(title: title, timeAxisTitle: "frame (image column)")
    let picture = plot.svg(
      posteriors: reading.posteriors, frames: string.image.columns,
      vocabulary: DigitVocabulary.count, tokens: DigitVocabulary.names,
      blank: DigitVocabulary.blank, alignment: reading.alignment, image: string.image)
    try file.write(picture)
    try file.flush()
    try print("posteriors and alignment: \(svg)")
    try StandardOutput.flush()
    try file.finish()
  }
}
