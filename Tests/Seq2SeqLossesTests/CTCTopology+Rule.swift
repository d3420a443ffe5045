import Seq2SeqLosses
import TestSupport

extension CTCTopology {
  /// The oracles' name of this topology.
  var rule: CollapseRule {
    switch self {
    case .classic: .classic
    case .simplified: .simplified
    case .noBlank: .noBlank
    }
  }

  /// All sequences of up to `length` labels.
  func labellings(upTo length: Int, vocabulary: Int) -> [[Int]] {
    let labels = Array((hasBlank ? 1 : 0)..<vocabulary)
    var all: [[Int]] = [[]]
    var longest = all
    for _ in 0..<length {
      longest = labels.flatMap { label in longest.map { $0 + [label] } }
      all += longest
    }
    return all
  }
}
