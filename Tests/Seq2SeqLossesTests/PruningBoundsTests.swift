import Foundation
import TestSupport
import Testing

@testable import Seq2SeqLosses

/// Bounds and pruned losses against figures made with fast_rnnt 1.3, the loss by itself that k2 has, in float64.
@Suite struct PruningBoundsTests {
  /// The inputs that the figures were made from.
  static func waves(_ count: Int, _ amplitude: Double, _ wave: (Double) -> Double) -> [Double] {
    (0..<count).map { amplitude * wave(Double($0)) }
  }

  static let (batch, time, positions, vocabulary) = (2, 12, 7, 5)
  static let labels: LabelBatch = [[1, 2, 3, 4, 1, 2], [4, 4, 1, 3]]
  static let lengths = [12, 9]
  static let encoder = waves(2 * 12 * 5, 2) { sin(0.7 * $0) }
  static let predictor = waves(2 * 7 * 5, 1.5) { cos(1.3 * $0) }

  struct Figures: Sendable {
    let topology: TransducerTopology
    let range: Int
    let simple: [Double]
    let first: [[Int]]
    let pruned: [Double]
    /// At `[0, 3, 1]`.
    let gradient: [Double]
  }

  static let figures = [
    Figures(
      topology: .standard, range: 2, simple: [22.99807660911828, 27.02078763984096],
      first: [[0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3]],
      pruned: [36.32168554557521, 20.950277190761643],
      gradient: [
        -0.631507886554, 0.256401298098, 0.051829979183, 0.067385537309, 0.255891071964,
      ]),
    Figures(
      topology: .standard, range: 3, simple: [22.99807660911828, 27.02078763984096],
      first: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 4], [0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2]],
      pruned: [31.793826563337245, 17.4020793670969],
      gradient: [
        -0.473530863167, 0.208240263605, 0.002736521903, 0.054728202067, 0.207825875592,
      ]),
    Figures(
      topology: .standard, range: 4, simple: [22.99807660911828, 27.02078763984096],
      first: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3], [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]],
      pruned: [28.21804034811625, 16.58217001995005],
      gradient: [
        -0.331645616445, 0.168239823451, -0.048714816666, 0.044215575288, 0.167905034372,
      ]),
    Figures(
      topology: .monotonic, range: 2, simple: [16.149024008455136, 12.936303537656883],
      first: [[0, 0, 0, 1, 1, 1, 2, 3, 4, 4, 5, 5], [0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 3]],
      pruned: [16.114899711539138, 11.265649978854775],
      gradient: [
        -0.230158785835, 0.040728285103, 0.021678742676, 0.020670405124, 0.147081352931,
      ]),
    Figures(
      topology: .monotonic, range: 3, simple: [16.149024008455136, 12.936303537656883],
      first: [[0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4], [0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2]],
      pruned: [14.402263348799394, 10.76698162210367],
      gradient: [
        -0.104188845868, 0.147262459096, -0.228745483078, 0.038702455897, 0.146969413953,
      ]),
    Figures(
      topology: .monotonic, range: 4, simple: [16.149024008455136, 12.936303537656883],
      first: [[0, 0, 0, 0, 0, 1, 1, 2, 3, 3, 3, 3], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]],
      pruned: [14.345049930067905, 10.231713296665472],
      gradient: [
        -0.09886017502, 0.14017758466, -0.218056508082, 0.036840460369, 0.139898638073,
      ]),
  ]

  @Test(arguments: figures) func equalsFastRNNT(_ figures: Figures) throws {
    let (batch, time, positions, vocabulary) = (
      Self.batch, Self.time, Self.positions, Self.vocabulary
    )
    let simple = AdditiveTransducerLoss(topology: figures.topology)
    let layout = try AdditiveLayout(
      batch: batch, time: time, positions: positions, vocabulary: vocabulary, lengths: Self.lengths)
    let (losses, occupancies) = try simple.lossesAndOccupancies(
      Self.encoder.span, Self.predictor.span, layout: layout, labels: Self.labels)
    AdditiveTransducerLossTests.expect(
      losses, figures.simple, relative: 1e-12, absolute: 0, "simple")
    let bounds = try PruningBounds(
      occupancies, time: time, range: figures.range, topology: figures.topology)
    #expect(bounds.firstPositions == figures.first)
    // The joiner that the figures are of: the sine of three times the sum.
    var logits = try bounds.gather(Self.predictor, positions: positions, width: vocabulary)
    for index in logits.indices {
      let frame = index / (bounds.range * vocabulary)
      logits[index] = sin(
        3 * (logits[index] + Self.encoder[frame * vocabulary + index % vocabulary]))
    }
    let pruned = try TransducerLoss(topology: figures.topology).lossesAndGradient(
      logits, layout: bounds.layout(vocabulary: vocabulary, lengths: Self.lengths),
      labels: Self.labels)
    AdditiveTransducerLossTests.expect(
      pruned.losses, figures.pruned, relative: 1e-12, absolute: 0, "pruned")
    let node = (3 * bounds.range + 1) * vocabulary
    AdditiveTransducerLossTests.expect(
      Array(pruned.gradient[node..<node + vocabulary]), figures.gradient, relative: 0,
      absolute: 1e-11, "gradient")
  }

  @Test func everyWindowLeadsToTheNext() throws {
    for seed in 0..<200 {
      let example = try AdditiveTransducerLossTests.Case(seed)
      let (simple, occupancies) = try example.loss.lossesAndOccupancies(
        example.encoder.span, example.predictor.span, layout: example.layout,
        labels: LabelBatch(example.labels))
      let isMonotonic = example.loss.topology == .monotonic
      let asked = isMonotonic ? 1 + seed % 4 : 2 + seed % 3
      let bounds = try PruningBounds(
        occupancies, time: example.sizes.time, range: asked, topology: example.loss.topology)
      for first in bounds.firstPositions {
        #expect(first.first == 0)
        for (position, next) in zip(first, first.dropFirst()) {
          #expect(0...(isMonotonic ? 1 : bounds.range - 1) ~= next - position)
        }
      }
      // Where there was a path, some lead from window to window.
      let rows = try bounds.gather(
        example.predictor, positions: example.sizes.positions, width: example.sizes.vocabulary)
      let losses = try TransducerLoss(
        blank: example.loss.blank, topology: example.loss.topology
      ).losses(
        rows,
        layout: bounds.layout(vocabulary: example.sizes.vocabulary, lengths: example.lengths),
        labels: LabelBatch(example.labels))
      #expect(losses.map(\.isFinite) == simple.map(\.isFinite), "case \(seed)")
    }
  }

  @Test func gatheringAndScatteringAreTransposed() throws {
    let occupancies = TransducerOccupancies([
      try .init(frames: 2, positions: 3, blanks: [1, 0, 0, 0, 1, 0], labels: [0, 0, 0, 0, 0, 0]),
      try .init(frames: 1, positions: 1, blanks: [1], labels: [0]),
    ])
    let bounds = try PruningBounds(occupancies, time: 2, range: 2)
    #expect(bounds.firstPositions == [[0, 1], [0, 0]])
    let gathered = try bounds.gather([1.0, 2, 3, 4, 5, 6], positions: 3, width: 1)
    #expect(gathered == [1, 2, 2, 3, 4, 5, 4, 5])
    let scattered = try bounds.scatter([1.0, 2, 3, 4, 5, 6, 7, 8], positions: 3, width: 1)
    #expect(scattered == [1, 5, 4, 12, 14, 0])
  }

  @Test func mistakes() throws {
    let sample = try TransducerOccupancies.Sample(
      frames: 2, positions: 2, blanks: [1, 0, 0, 1], labels: [0, 0, 0, 0])
    let occupancies = TransducerOccupancies([sample])
    func argument(_ body: () throws -> Any) -> String {
      guard case .failure(let error) = Result(catching: body) else { return "" }
      return (error as? InputError)?.argument ?? "\(error)"
    }
    typealias Sample = TransducerOccupancies.Sample
    let bounds = try PruningBounds(occupancies, time: 2, range: 2)
    let found = [
      (argument { try PruningBounds(occupancies, time: 2, range: 1) }, "range"),
      (
        argument { try PruningBounds(occupancies, time: 2, range: 0, topology: .monotonic) },
        "range"
      ),
      (argument { try PruningBounds(occupancies, time: 1, range: 2) }, "time"),
      (argument { try PruningBounds(occupancies, time: -1, range: 2) }, "time"),
      (
        argument {
          try PruningBounds(occupancies, time: 2, range: 2, topology: .tokenAndDuration([1]))
        }, "topology"
      ),
      (argument { try Sample(frames: 2, positions: 2, blanks: [1], labels: []) }, "blanks"),
      (argument { try Sample(frames: 2, positions: 0, blanks: [], labels: []) }, "positions"),
      (argument { try Sample(frames: -2, positions: 1, blanks: [], labels: []) }, "frames"),
      (argument { try bounds.gather([1.0], positions: 2, width: 1) }, "predictor"),
      (argument { try bounds.gather([Double](), positions: 0, width: 1) }, "predictor"),
      (argument { try bounds.scatter([1.0], positions: 2, width: 1) }, "gradient"),
      (argument { try bounds.layout(vocabulary: 3, lengths: [3]) }, "lengths"),
    ]
    for (found, expected) in found { #expect(found == expected) }
    // Nothing to prune.
    let nothing = try PruningBounds(TransducerOccupancies([]), time: 2, range: 5)
    #expect(nothing.firstPositions.isEmpty)
  }
}
