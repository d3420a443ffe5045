import Foundation
import TestSupport
import Testing

@testable import Seq2SeqLosses

/// Best paths, draws, entropies and occupancies against all paths one by one.
@Suite struct TransducerAlignmentTests {
  private typealias Case = TransducerFamilyTests.Case

  /// The probabilities of a sample's paths by the topology, and their steps.
  private func paths(
    _ sample: Case, _ index: Int
  ) -> [(steps: [TransducerEnumeration.Step], weight: Double)] {
    let oracle = sample.oracles[index][0].enumeration
    return oracle.paths().map { path in
      (
        path.steps,
        path.steps.reduce(path.weight) { weight, step in
          weight
            * oracle.probability(
              step, Array(sample.logits[sample.row(index, step.frame, step.position)]))
        }
      )
    }
  }

  private func steps(_ alignment: TransducerAlignment) -> [[Int]] {
    alignment.steps.map { [$0.frame, $0.position, $0.token] }
  }

  @Test(arguments: 400..<460) func enumeration(_ seed: Int) throws {
    let sample = try Case(seed)
    guard sample.loss.standardShare < 1 else { return }
    let labels = LabelBatch(sample.labels)
    let best = try sample.loss.bestAlignments(
      sample.logits, layout: sample.layout, labels: labels)
    let entropies = try sample.loss.entropies(
      sample.logits, layout: sample.layout, labels: labels)
    let draws = try sample.loss.sampledAlignments(
      sample.logits, layout: sample.layout, labels: labels, count: 50, seed: 5)
    #expect(
      try sample.loss.sampledAlignments(
        sample.logits, layout: sample.layout, labels: labels, count: 50, seed: 5) == draws)
    for index in sample.labels.indices {
      let paths = paths(sample, index)
      let total = paths.reduce(0) { $0 + $1.weight }
      guard total > 0 else {
        #expect(best[index].steps.isEmpty && best[index].logProbability == -.infinity)
        #expect(entropies[index].isNaN && draws[index].allSatisfy { $0.steps.isEmpty })
        continue
      }
      let largest = paths.map(\.weight).max() ?? 0
      #expect(abs(best[index].logProbability - log(largest)) < 1e-12 * max(1, -log(largest)))
      let found = steps(best[index])
      #expect(
        paths.contains { path in
          path.weight >= largest * (1 - 1e-12)
            && path.steps.map { [$0.frame, $0.position, $0.token] } == found
        })
      #expect(best[index].labelSpans.count == sample.labels[index].count)
      let entropy = paths.filter { $0.weight > 0 }.reduce(0) {
        $0 - $1.weight / total * log($1.weight / total)
      }
      #expect(abs(entropies[index] - entropy) < 1e-11)
      for draw in draws[index] {
        let found = steps(draw)
        #expect(
          paths.contains { path in
            path.weight > 0 && path.steps.map { [$0.frame, $0.position, $0.token] } == found
          })
      }
    }
  }

  @Test(arguments: 500..<530) func occupancies(_ seed: Int) throws {
    let sample = try Case(seed)
    guard sample.loss.standardShare == 0 else { return }
    let occupancies = try sample.loss.occupancies(
      sample.logits, layout: sample.layout, labels: LabelBatch(sample.labels))
    for (index, found) in occupancies.samples.enumerated() {
      let paths = paths(sample, index)
      let total = paths.reduce(0) { $0 + $1.weight }
      var (blank, label) = (found.blanks.map { _ in 0.0 }, found.labels.map { _ in 0.0 })
      for path in paths where total > 0 {
        for step in path.steps {
          let node = step.frame * found.positions + step.position
          if step.isLabel {
            label[node] += path.weight / total
          } else {
            blank[node] += path.weight / total
          }
        }
      }
      for node in blank.indices {
        #expect(abs(found.blanks[node] - blank[node]) < 1e-12)
        #expect(abs(found.labels[node] - label[node]) < 1e-12)
      }
    }
  }

  /// Shares of two paths among many draws, within four standard deviations.
  @Test func drawsHaveTheirShares() throws {
    let layout = try JoinerLayout(batch: 1, time: 2, positions: 2, vocabulary: 2)
    // The label at the first frame or at the second.
    let logits: [Double] = [0, 1, 0, 0, 0, 2, 0, 0]
    let draws = try TransducerLoss().sampledAlignments(
      logits, layout: layout, labels: [[1]], count: 20_000, seed: 1)[0]
    let occupancies = try TransducerLoss().occupancies(logits, layout: layout, labels: [[1]])
    let share = Double(draws.filter { $0.labelSpans[0].lowerBound == 0 }.count) / 20_000
    let expected = occupancies.samples[0].labels[0]
    #expect(abs(share - expected) < 4 * (expected * (1 - expected) / 20_000).squareRoot())
  }
}
