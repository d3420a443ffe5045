// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "swift-seq2seq-losses",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [.library(name: "Seq2SeqLosses", targets: ["Seq2SeqLosses"])],
  targets: [
    .target(name: "Seq2SeqLosses"),
    .testTarget(name: "Seq2SeqLossesTests", dependencies: ["Seq2SeqLosses"]),
  ]
)
