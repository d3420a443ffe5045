// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v13)],
  dependencies: [
    .package(name: "swift-seq2seq-losses", path: ".."),
    // Without its default traits it does not need jemalloc.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "CTC",
      dependencies: [
        .product(name: "Seq2SeqLosses", package: "swift-seq2seq-losses"),
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/CTC",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .executableTarget(
      name: "Worker",
      dependencies: [
        .product(name: "Seq2SeqLosses", package: "swift-seq2seq-losses"),
        .product(name: "TensorFiles", package: "swift-seq2seq-losses"),
      ],
      path: "Worker"),
    .executableTarget(
      name: "TransducerWorker",
      dependencies: [
        .product(name: "Seq2SeqLosses", package: "swift-seq2seq-losses"),
        .product(name: "TensorFiles", package: "swift-seq2seq-losses"),
      ],
      path: "TransducerWorker"),
  ]
)
