/// How the paths of a transducer move through frames and labels: values of one grid, for losses and decoders alike.
///
/// All that losses and decoders know of a topology is derived from its `moves`.
public enum TransducerTopology: Sendable, Hashable {
  /// A blank takes a frame, a label none: any number of labels a frame (Graves 2012, arXiv 1211.3711).
  case standard
  /// Each takes a frame: one symbol a frame (Tripathi et al. 2019, arXiv 1912.07744, "monotonic RNN-T"; the
  /// "modified" transducer of k2 and icefall, Kang et al. 2022, arXiv 2211.00484).
  case monotonic
  /// As ``standard``, with blanks besides that take several frames each, by their tokens (Xu et al. 2022, arXiv
  /// 2211.03541). A path may not go past the last frame.
  case multiBlank([Int: Int])
  /// A token and a duration at each step, from heads of their own: the durations' logits are the last columns of a row
  /// (TDT, Xu et al. 2023, arXiv 2304.06795).
  ///
  /// The frames of each column are distinct, 0 or more, one above 0, such as `[0, 1, 2, 3, 4]`. As NeMo has it, a
  /// blank takes at least a frame, a path may not go past the last frame, and it ends with a blank.
  case tokenAndDuration([Int])

  /// The frames that each column of the duration head stands for; empty where there is no such head.
  public var durations: [Int] {
    if case .tokenAndDuration(let durations) = self { durations } else { [] }
  }

  /// The blanks of several frames, from the lowest token on.
  package var bigBlanks: [(token: Int, frames: Int)] {
    guard case .multiBlank(let frames) = self else { return [] }
    return frames.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// What a move emits.
  package enum Token: Hashable, Sendable {
    case blank
    /// The label that comes next.
    case label
    /// A token of its own, as big blanks are.
    case other(Int)
  }

  /// A move by some frames, and with a label by one position.
  package struct Move: Sendable {
    package let token: Token
    package let frames: Int
    /// The place in ``TransducerTopology/durations``, of a model with a head for these.
    package var duration: Int?
    /// Whether a path may end with it.
    package var mayEnd = true
  }

  /// The moves from a node, blanks' first.
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

  /// The frames that a label takes where a path has no other choice than one blank of a frame, or the label: 0 or 1.
  /// `nil` for topologies with several blanks, or with durations.
  package var plainLabelFrames: Int? {
    let moves = moves
    guard
      moves.count == 2, moves[0].token == .blank, moves[0].frames == 1, moves[1].token == .label,
      moves.allSatisfy({ $0.duration == nil })
    else { return nil }
    return moves[1].frames
  }
}
