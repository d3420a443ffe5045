// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "swift-seq2seq-losses",
  platforms: [.macOS(.v13), .iOS(.v16)],
  // MARK: Products
  products: [
    .library(name: "Seq2SeqLosses", targets: ["Seq2SeqLosses"]),
    .library(name: "Seq2SeqDifferentiation", targets: ["Seq2SeqDifferentiation"]),
    .library(name: "Seq2SeqDecoding", targets: ["Seq2SeqDecoding"]),
    .library(name: "MinimumRisk", targets: ["MinimumRisk"]),
    .library(name: "NGramModels", targets: ["NGramModels"]),
    .library(name: "ErrorRates", targets: ["ErrorRates"]),
    .library(name: "TensorFiles", targets: ["TensorFiles"]),
    .library(name: "CSeq2SeqLosses", type: .dynamic, targets: ["CSeq2SeqLosses"]),
    .executable(name: "seq2seq", targets: ["seq2seq"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
  ],
  targets: [
    // MARK: Losses
    .target(
      name: "Seq2SeqLosses", dependencies: ["CLibrary", "LossKernelInterface", "LossKernels"]),
    .target(name: "Seq2SeqDifferentiation", dependencies: ["Seq2SeqLosses"]),

    // MARK: Decoding
    .target(
      name: "Seq2SeqDecoding", dependencies: ["CLibrary", "NGramModels", "Seq2SeqLosses"]),
    .target(
      name: "MinimumRisk", dependencies: ["ErrorRates", "Seq2SeqDecoding", "Seq2SeqLosses"]),
    .target(name: "NGramModels", dependencies: ["MappedFiles"]),
    .target(name: "ErrorRates", dependencies: ["Seq2SeqLosses"]),

    // MARK: Files
    .target(name: "MappedFiles", dependencies: ["CLibrary"]),
    .target(name: "TensorFiles", dependencies: ["CLibrary", "MappedFiles"]),
    .target(
      name: "TextFiles",
      dependencies: ["MappedFiles", "NGramModels", "Seq2SeqDecoding", "TensorFiles"]),

    // MARK: C
    .systemLibrary(name: "CSeq2SeqLossesHeader"),
    .target(
      name: "CSeq2SeqLosses",
      dependencies: [
        "CLibrary", "CSeq2SeqLossesHeader", "ErrorRates", "MinimumRisk", "NGramModels",
        "Seq2SeqDecoding", "Seq2SeqLosses",
      ]),

    // MARK: Command line
    .executableTarget(
      name: "seq2seq",
      dependencies: [
        "DigitStrings", "ErrorRates", "NGramModels", "Seq2SeqDecoding", "Seq2SeqLosses",
        "TensorFiles", "TextFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(
      name: "DigitStrings", dependencies: ["ErrorRates", "Seq2SeqLosses", "TensorFiles"],
      resources: [.copy("Resources")]),

    // MARK: Platform
    .target(name: "CLibrary"),

    // MARK: Kernels
    .target(name: "LossKernelInterface"),
    .target(name: "LossKernels", dependencies: ["LossKernelInterface"]),

    // MARK: Tests
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(
      name: "Seq2SeqLossesTests", dependencies: ["Seq2SeqLosses", "TensorFiles", "TestSupport"]),
    .testTarget(
      name: "Seq2SeqDifferentiationTests",
      dependencies: ["Seq2SeqDifferentiation", "TestSupport"]),
    .testTarget(
      name: "Seq2SeqDecodingTests",
      dependencies: ["Seq2SeqDecoding", "Seq2SeqLosses", "TestSupport"]),
    .testTarget(
      name: "MinimumRiskTests",
      dependencies: [
        "ErrorRates", "MinimumRisk", "Seq2SeqDecoding", "Seq2SeqLosses", "TestSupport",
      ]),
    .testTarget(
      name: "NGramModelsTests", dependencies: ["NGramModels", "TestSupport"],
      exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ErrorRatesTests", dependencies: ["ErrorRates", "TestSupport"],
      exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "TensorFilesTests", dependencies: ["TensorFiles", "TestSupport"],
      exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "TextFilesTests", dependencies: ["Seq2SeqDecoding", "TensorFiles", "TextFiles"]),
    .testTarget(
      name: "CSeq2SeqLossesTests", dependencies: ["CSeq2SeqLosses", "CSeq2SeqLossesHeader"],
      exclude: ["program.c"]),
    .testTarget(name: "seq2seqTests", dependencies: ["seq2seq", "TensorFiles", "TestSupport"]),
    .testTarget(name: "DigitStringsTests", dependencies: ["DigitStrings"]),
  ]
)

// MARK: Kernels for AVX

// The kernels again, for processors with AVX2 and with AVX-512: chosen at run time.
#if arch(x86_64) && os(Linux)
  package.targets += [
    .target(
      name: "LossKernelsAVX2", dependencies: ["LossKernelInterface"],
      swiftSettings: [.define("FUSED"), .unsafeFlags(["-Xcc", "-march=x86-64-v3"])]),
    .target(
      name: "LossKernelsAVX512", dependencies: ["LossKernelInterface"],
      swiftSettings: [
        .define("FUSED"), .define("WIDE"), .unsafeFlags(["-Xcc", "-march=x86-64-v4"]),
      ]),
  ]
  package.targets.first { $0.name == "Seq2SeqLosses" }?.dependencies += [
    "LossKernelsAVX2", "LossKernelsAVX512",
  ]
#endif

// MARK: Fuzzers

// Fuzzers need libFuzzer, so they are targets only where `Fuzzing/run` builds them.
if Context.environment["SEQ2SEQ_FUZZING"] != nil {
  package.targets.append(
    .target(
      name: "FuzzSupport", dependencies: ["NGramModels", "Seq2SeqDecoding", "Seq2SeqLosses"],
      path: "Fuzzing/FuzzSupport"))
  let libraries: [String: [Target.Dependency]] = [
    "NGramModelFuzzer": ["NGramModels"],
    "TensorFileFuzzer": ["TensorFiles"],
    "TextFileFuzzer": ["Seq2SeqDecoding", "TensorFiles", "TextFiles"],
    "DecodingFuzzer": ["NGramModels", "Seq2SeqDecoding", "Seq2SeqLosses"],
    "TransducerDecodingFuzzer": ["NGramModels", "Seq2SeqDecoding", "Seq2SeqLosses"],
    "ErrorCountFuzzer": ["ErrorRates"],
    "CTCLossFuzzer": ["Seq2SeqLosses"],
    "TransducerLossFuzzer": ["Seq2SeqLosses"],
    "CFunctionFuzzer": ["CSeq2SeqLosses", "CSeq2SeqLossesHeader"],
  ]
  package.targets += libraries.map { name, libraries in
    .executableTarget(
      name: name, dependencies: ["FuzzSupport"] + libraries, path: "Fuzzing/\(name)",
      linkerSettings: [.unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux]))])
  }
}
