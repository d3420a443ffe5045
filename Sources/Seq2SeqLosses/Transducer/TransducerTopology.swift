/// How the paths of a transducer move through frames and labels: a list of moves, never a loop of its own.
public struct TransducerTopology: Sendable, Hashable {
  /// What a move emits.
  enum Token: Sendable, Hashable {
    case blank
    /// The label that comes next.
    case label
    /// A token of its own, as big blanks are.
    case other(Int)
  }

  /// A move by some frames, and with a label by one position.
  struct Move: Sendable, Hashable {
    let token: Token
    let frames: Int
    /// The place in ``TransducerTopology/durations``, of a model with a head for these.
    var duration: Int?
    /// Whether a path may end with it.
    var mayEnd = true
  }

  let moves: [Move]
  /// The frames that each column of the duration head stands for; empty where there is no such head.
  public let durations: [Int]
  /// Blanks of several frames: their tokens, and their frames.
  let bigBlanks: [BigBlank]

  /// A blank that takes several frames.
  public struct BigBlank: Sendable, Hashable {
    /// Its index in the vocabulary.
    public var token: Int
    /// The frames that it takes, above 0.
    public var frames: Int

    /// A blank of `frames` frames at index `token`.
    public init(token: Int, frames: Int) {
      self.token = token
      self.frames = frames
    }
  }

  private init(_ moves: [Move], durations: [Int] = [], bigBlanks: [BigBlank] = []) {
    self.moves = moves
    self.durations = durations
    self.bigBlanks = bigBlanks
  }

  /// A blank takes a frame, a label none: any number of labels a frame (Graves 2012, arXiv 1211.3711).
  public static let standard = Self([
    Move(token: .blank, frames: 1), Move(token: .label, frames: 0),
  ])

  /// Each takes a frame: one symbol a frame (Tripathi et al. 2019, arXiv 1912.07744, "monotonic RNN-T"; the
  /// "modified" transducer of k2).
  public static let monotonic = Self([
    Move(token: .blank, frames: 1), Move(token: .label, frames: 1),
  ])

  /// The standard one, with blanks that take several frames besides (Xu et al. 2022, arXiv 2211.03541). A path
  /// may not go past the last frame.
  public static func multiBlank(_ bigBlanks: [BigBlank]) -> Self {
    Self(
      standard.moves + bigBlanks.map { Move(token: .other($0.token), frames: $0.frames) },
      bigBlanks: bigBlanks)
  }

  /// A token and a duration at each step, from heads of their own: the duration's logits are the last columns of
  /// a row (TDT, Xu et al. 2023, arXiv 2304.06795).
  ///
  /// As NeMo has it, a blank takes at least a frame, a path may not go past the last frame, and it ends with a
  /// blank.
  ///
  /// - Parameter durations: The frames of each column, such as `[0, 1, 2, 3, 4]`: distinct, 0 or more, one above 0.
  public static func tokenAndDuration(_ durations: [Int]) -> Self {
    let places = durations.indices
    return Self(
      places.filter { durations[$0] > 0 }.map {
        Move(token: .blank, frames: durations[$0], duration: $0)
      }
        + places.map {
          Move(token: .label, frames: durations[$0], duration: $0, mayEnd: false)
        }, durations: durations)
  }
}
