import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// The arguments that all functions of a transducer share, checked.
struct TransducerCall {
  let loss: TransducerLoss
  let logits: CheckedTensor
  let layout: JoinerLayout
  let labels: LabelBatch
  /// The frames and positions that rows are padded to.
  let time: Int
  let positions: Int

  init(
    _ options: UnsafePointer<seq2seq_transducer_options>?,
    _ logits: UnsafePointer<seq2seq_tensor>?, _ lengths: UnsafePointer<Int64>?,
    _ labels: UnsafePointer<seq2seq_labels>?
  ) throws(InputError) {
    guard let options = options?.pointee else { throw InputError("options", "NULL") }
    self.logits = try CheckedTensor("logits", logits)
    let rows = self.logits.layout
    guard rows.vocabulary > 0 else { throw InputError("logits", "the vocabulary is empty") }
    guard
      rows.batch * rows.time * rows.vocabulary == 0
        || ((rows.vocabularyStride == 1 || rows.vocabulary == 1)
          && (rows.timeStride == rows.vocabulary || rows.time == 1)
          && (rows.batchStride == rows.time * rows.vocabulary || rows.batch == 1))
    else { throw InputError("logits", "not dense") }
    self.labels = try LabelBatch(labels)
    positions = Int(options.positions)
    var layout: JoinerLayout
    if positions == 0 {
      time = 0
      guard let lengths else { throw InputError("logit_lengths", "NULL for rows without padding") }
      let frames = UnsafeBufferPointer(start: lengths, count: self.labels.count).map { Int($0) }
      guard rows.batch == 1 else { throw InputError("logits", "a batch of \(rows.batch)") }
      layout = try JoinerLayout(
        compact: frames, labelCounts: self.labels.lengths, vocabulary: rows.vocabulary)
      // The layout has said that these do not overflow.
      let expected = zip(frames, self.labels.lengths).reduce(0) { $0 + $1.0 * ($1.1 + 1) }
      guard rows.time == expected else {
        throw InputError(
          "logits", "\(rows.time) rows where the lengths make \(expected)")
      }
    } else {
      guard positions >= 1, rows.time % positions == 0 else {
        throw InputError("positions", "\(options.positions) in \(rows.time) rows a sample")
      }
      time = rows.time / positions
      let frames = lengths.map {
        UnsafeBufferPointer(start: $0, count: rows.batch).map { Int($0) }
      }
      if let first = options.first_positions {
        let time = time
        layout = try JoinerLayout(
          batch: rows.batch, time: time, range: positions, vocabulary: rows.vocabulary,
          firstPositions: (0..<rows.batch).map { sample in
            (0..<time).map { Int(first[sample * time + $0]) }
          }, lengths: frames)
      } else {
        layout = try JoinerLayout(
          batch: rows.batch, time: time, positions: positions, vocabulary: rows.vocabulary,
          lengths: frames)
      }
    }
    if let windows = options.windows {
      layout = try layout.restricted(to: try Self.windows(windows, self.labels))
    }
    self.layout = layout
    loss = try TransducerLoss(options)
  }

  private static func windows(
    _ bounds: UnsafePointer<Int64>, _ labels: LabelBatch
  ) throws(InputError) -> [[Range<Int>]] {
    var windows: [[Range<Int>]] = []
    for sample in 0..<labels.count {
      var ranges: [Range<Int>] = []
      for label in labels.offsets[sample]..<labels.offsets[sample + 1] {
        let (first, end) = (bounds[2 * label], bounds[2 * label + 1])
        guard first <= end else {
          throw InputError("windows", sample: sample, "from frame \(first) to \(end)")
        }
        ranges.append(Int(first)..<Int(end))
      }
      windows.append(ranges)
    }
    return windows
  }

  /// A tensor that must be like the logits.
  func tensor(
    _ argument: String, _ tensor: UnsafePointer<seq2seq_tensor>?
  ) throws(InputError) -> CheckedTensor {
    let tensor = try CheckedTensor(argument, tensor)
    guard tensor.element == logits.element, tensor.layout == logits.layout else {
      throw InputError(argument, "not of the shape and type of the logits")
    }
    return tensor
  }
}

extension TransducerLoss {
  /// C's options.
  fileprivate init(_ options: seq2seq_transducer_options) throws(InputError) {
    let topology = try TransducerTopology(
      options.topology, options.steps, options.big_blanks, options.step_count)
    let normalizations: [TransducerNormalization] = [.softmax, .factored, .none]
    guard options.normalization.rawValue < normalizations.count else {
      throw InputError("normalization", "\(options.normalization.rawValue) is none")
    }
    guard !options.gradient_limit.isNaN else {
      throw InputError("gradientLimit", "\(options.gradient_limit)")
    }
    guard (0...2).contains(options.wildcard) else {
      throw InputError("wildcard", "\(options.wildcard) is not 0, 1 or 2")
    }
    self.init(
      blank: Int(options.blank), topology: topology,
      normalization: normalizations[Int(options.normalization.rawValue)],
      underNormalization: options.under_normalization, standardShare: options.standard_share,
      wildcard: options.wildcard == 0
        ? nil
        : TransducerWildcard(
          logWeight: options.wildcard_log_weight, endsWithBlank: options.wildcard == 1),
      fastEmit: options.fast_emit,
      gradientLimit: options.gradient_limit > 0 ? options.gradient_limit : nil,
      threads: try threadCount(options.threads))
  }
}
