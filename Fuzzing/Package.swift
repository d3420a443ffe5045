// swift-tools-version: 6.1
import PackageDescription

/// A program that libFuzzer drives.
func fuzzer(_ name: String, _ products: [String]) -> Target {
  .executableTarget(
    name: name,
    dependencies: ["FuzzSupport"]
      + products.map { .product(name: $0, package: "swift-seq2seq-losses") },
    path: name, linkerSettings: [.unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux]))])
}

let package = Package(
  name: "Fuzzing",
  platforms: [.macOS(.v13)],
  dependencies: [.package(name: "swift-seq2seq-losses", path: "..")],
  targets: [
    .target(name: "FuzzSupport", path: "FuzzSupport"),
    fuzzer("NGramModelFuzzer", ["NGramModels"]),
    fuzzer("TensorFileFuzzer", ["TensorFiles"]),
    fuzzer("DecodingFuzzer", ["Seq2SeqDecoding", "Seq2SeqLosses"]),
  ]
)
