// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "swift-seq2seq-losses",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [
    .library(name: "Seq2SeqLosses", targets: ["Seq2SeqLosses"]),
    .library(name: "Seq2SeqDifferentiation", targets: ["Seq2SeqDifferentiation"]),
    .library(name: "TensorFiles", targets: ["TensorFiles"]),
  ],
  targets: [
    .target(name: "Seq2SeqLosses"),
    .target(name: "Seq2SeqDifferentiation", dependencies: ["Seq2SeqLosses"]),
    .testTarget(
      name: "Seq2SeqDifferentiationTests",
      dependencies: ["Seq2SeqDifferentiation", "TestSupport"]),
    .target(name: "TensorFiles"),
    .testTarget(
      name: "TensorFilesTests",
      dependencies: ["TensorFiles", "TestSupport"],
      exclude: ["make_fixtures.py"],
      resources: [.copy("Fixtures")]),
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "Seq2SeqLossesTests", dependencies: ["Seq2SeqLosses", "TestSupport"]),
    .target(
      name: "DigitStrings", dependencies: ["Seq2SeqLosses", "TensorFiles"],
      resources: [.copy("Resources")]),
    .testTarget(name: "DigitStringsTests", dependencies: ["DigitStrings"]),
  ]
)
