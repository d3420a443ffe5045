/// How the paths of a transducer move through frames and labels.
///
/// Losses and decoders derive everything about a topology from its `moves`.
public enum TransducerTopology: Sendable, Hashable {
  /// RNN-T: a blank consumes one frame, a label none, so a frame may have any number of labels
  /// (Graves 2012, arXiv 1211.3711).
  case standard
  /// A blank and a label each consume one frame (Tripathi et al. 2019, arXiv 1912.07744, "monotonic
  /// RNN-T"; the "modified" transducer of k2 and icefall, Kang et al. 2022, arXiv 2211.00484).
  case monotonic
  /// Like ``standard``, with additional blanks that consume several frames: a dictionary from their
  /// tokens to their numbers of frames (Xu et al. 2022, arXiv 2211.03541). No path goes past the
  /// last frame.
  case multiBlank([Int: Int])
  /// TDT: each step emits a token and a duration, from two heads. The last columns of a row are the
  /// logits of the durations (Xu et al. 2023, arXiv 2304.06795).
  ///
  /// The array contains the number of frames of each duration column, such as `[0, 1, 2, 3, 4]`:
  /// distinct, at least 0, and not all 0. As in NeMo, a blank consumes at least one frame, no path
  /// goes past the last frame, and every path ends with a blank.
  case tokenAndDuration([Int])

  /// The number of frames of each column of the duration head; empty if there is no such head.
  public var durations: [Int] {
    if case .tokenAndDuration(let durations) = self { durations } else { [] }
  }

  /// The blanks that consume several frames, in the order of their tokens.
  package var bigBlanks: [(token: Int, frames: Int)] {
    guard case .multiBlank(let frames) = self else { return [] }
    return frames.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// How a topology is made of its parameters.
  package enum Form {
    case plain(TransducerTopology)
    /// From the number of frames that each big blank takes.
    case bigBlanks(([Int: Int]) -> TransducerTopology)
    /// From the number of frames that each column of the duration head stands for.
    case durations(([Int]) -> TransducerTopology)
  }

  /// All topologies by their names in C and Python, in the order of C's enumeration.
  package static var forms: [(name: String, form: Form)] {
    [
      ("standard", .plain(.standard)), ("monotonic", .plain(.monotonic)),
      ("multi_blank", .bigBlanks(multiBlank)), ("token_and_duration", .durations(tokenAndDuration)),
    ]
  }

  /// The token of a move.
  package enum Token: Hashable, Sendable {
    case blank
    /// The next label.
    case label
    /// A specific other token, such as a big blank.
    case other(Int)
  }

  /// A move: it consumes `frames` frames, and with a label it advances by one position.
  package struct Move: Sendable {
    package let token: Token
    package let frames: Int
    /// The index in ``TransducerTopology/durations``; nil for a model without a duration head.
    package var duration: Int?
    /// Whether it may be the last move of a path.
    package var mayEnd = true

    /// The columns of a row that its probability is the product of.
    package struct Columns: Hashable {
      let token: Token
      let duration: Int?
    }

    package var columns: Columns { Columns(token: token, duration: duration) }
  }

  /// The moves from a node, blanks first.
  package var moves: [Move] {
    switch self {
    case .standard: [Move(token: .blank, frames: 1), Move(token: .label, frames: 0)]
    case .monotonic: [Move(token: .blank, frames: 1), Move(token: .label, frames: 1)]
    case .multiBlank:
      [Move(token: .blank, frames: 1)]
        + bigBlanks.map { Move(token: .other($0.token), frames: $0.frames) }
        + [Move(token: .label, frames: 0)]
    case .tokenAndDuration(let durations):
      durations.indices.filter { durations[$0] > 0 }.map {
        Move(token: .blank, frames: durations[$0], duration: $0)
      }
        + durations.indices.map {
          Move(token: .label, frames: durations[$0], duration: $0, mayEnd: false)
        }
    }
  }

  /// The number of frames that a label consumes (0 or 1), if the only moves are a blank of one
  /// frame and the label. `nil` for topologies with several blanks or with durations.
  package var plainLabelFrames: Int? {
    let moves = moves
    guard
      moves.count == 2, moves[0].token == .blank, moves[0].frames == 1, moves[1].token == .label,
      moves[1].frames <= 1, moves.allSatisfy({ $0.duration == nil })
    else { return nil }
    return moves[1].frames
  }
}
