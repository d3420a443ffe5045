import CSeq2SeqLosses
import CSeq2SeqLossesHeader
import FuzzSupport

/// Calls the C functions with any arguments whose pointers are as the header describes them. No
/// call may crash or access other memory.
fuzz { bytes, count in
  let memory = Memory(FuzzedBytes(bytes, count))
  switch memory.bytes.number(below: 8) {
  case 0, 1: ctc(memory)
  case 2: risks(memory)
  case 3: transducer(memory)
  case 4: additive(memory)
  case 5: decoder(memory)
  case 6: transducerDecoder(memory)
  default: sequences(memory)
  }
  return 0
}

extension Memory {
  fileprivate func shape() -> [Int] {
    [bytes.number(below: 4), bytes.number(below: 7), bytes.number(in: 0...6)]
  }

  /// NULL, or as many lengths as the batch has samples.
  fileprivate func lengths(_ shape: [Int]) -> UnsafeMutablePointer<Int64>? {
    bytes.flag() ? nil : integers(shape[0], below: shape[1] + 1)
  }

  fileprivate func threads() -> Int64 { bytes.number(below: 16) == 0 ? integer(4) : 1 }
}

private func withCTC(_ memory: Memory, _ body: (OpaquePointer) -> Void) {
  var ctc: OpaquePointer?
  _ = seq2seq_ctc_create(
    memory.integer(6), seq2seq_topology(UInt32(memory.bytes.number(below: 4))),
    seq2seq_inputs(UInt32(memory.bytes.number(below: 4))), memory.threads(), &ctc)
  guard let ctc else { return }
  body(ctc)
  seq2seq_ctc_destroy(ctc)
}

private func ctc(_ m: Memory) {
  withCTC(m) { ctc in
    let shape = m.shape()
    let logits = m.tensor(shape)
    let lengths = m.lengths(shape)
    let labels = m.labels(shape[0], below: shape[2])
    let (batch, time, vocabulary) = (shape[0], shape[1], shape[2])
    let sizes = m.copy(shape.map(Int64.init))
    switch m.bytes.number(below: 10) {
    case 0: _ = seq2seq_ctc_validate(ctc, sizes, lengths, labels)
    case 1:
      let weights = m.bytes.flag() ? m.doubles(batch) : nil
      _ = seq2seq_ctc_losses_and_gradient(
        ctc, logits, lengths, m.maybe(labels), weights, m.room(Double.self, batch), m.like(logits))
    case 2:
      let vector = m.tensor(shape, element: logits.pointee.element)
      _ = seq2seq_ctc_hessian_vector_product(ctc, logits, lengths, labels, vector, m.like(logits))
    case 3:
      let count = batch * time * vocabulary * time * vocabulary
      _ = seq2seq_ctc_hessian(
        ctc, logits, lengths, labels, m.room(Double.self, count),
        m.bytes.flag() ? Int64(count) : m.integer(9) % Int64(max(1, count)))
    case 4: _ = seq2seq_ctc_occupancies(ctc, logits, lengths, labels, m.like(logits))
    case 5: _ = seq2seq_ctc_entropies(ctc, logits, lengths, labels, m.room(Double.self, batch))
    case 6:
      _ = seq2seq_ctc_best_alignments(
        ctc, logits, lengths, labels, m.room(Int64.self, batch * time),
        m.room(Int64.self, batch * time), m.room(Double.self, batch))
    case 7:
      let count = m.integer(4)
      // No more than a caller could have memory for.
      guard count <= 4 else { return }
      let draws = batch * Int(max(0, count))
      _ = seq2seq_ctc_sampled_alignments(
        ctc, logits, lengths, labels, count, UInt64(m.bytes.byte()),
        m.room(Int64.self, draws * time), m.room(Int64.self, draws * time),
        m.room(Double.self, draws))
    case 8:
      let states = m.integer(12)
      guard states <= 12 else { return }
      let places = (time + 1) * Int(max(0, states))
      _ = seq2seq_ctc_lattice_variables(
        ctc, logits, lengths, labels, states, m.maybe(m.room(Double.self, batch * places)),
        m.maybe(m.room(Double.self, batch * places)),
        m.maybe(m.room(Double.self, batch * places * places)),
        m.maybe(m.room(Double.self, batch * time * vocabulary)))
    default:
      let variant = m.bytes.number(below: 7)
      _ = seq2seq_ctc_variant_values_and_gradient(
        ctc, logits, lengths, labels, seq2seq_variant(UInt32(variant)), m.double(),
        variant == 3 ? m.doubles(vocabulary) : nil,
        variant == 2 ? m.tensor(shape, element: logits.pointee.element) : nil,
        m.bytes.flag() ? m.doubles(batch) : nil, m.room(Double.self, batch), m.like(logits))
    }
  }
}

private func risk(
  _ m: Memory, _ batch: Int, _ vocabulary: Int
) -> (risk: UnsafeMutablePointer<seq2seq_expected_risk>, sequences: Int) {
  let counts = (0..<batch).map { _ in Int64(m.bytes.number(below: 4)) }
  let sequences = Int(counts.reduce(0, +))
  return (
    m.pointer(
      seq2seq_expected_risk(
        hypotheses: m.labels(sequences, below: vocabulary), counts: m.copy(counts),
        risks: m.doubles(sequences), references: m.maybe(m.labels(batch, below: vocabulary)),
        score_scale: m.double(), reference_weight: m.bytes.flag() ? 0 : m.double(),
        subtracts_mean: m.bytes.flag() ? 1 : 0)), sequences
  )
}

private func risks(_ m: Memory) {
  withCTC(m) { ctc in
    let shape = m.shape()
    let logits = m.tensor(shape)
    let lengths = m.lengths(shape)
    let risk = risk(m, shape[0], shape[2]).risk
    let weights = m.bytes.flag() ? m.doubles(shape[0]) : nil
    let values = m.room(Double.self, shape[0])
    switch m.bytes.number(below: 3) {
    case 0:
      _ = seq2seq_ctc_expected_risks_and_gradient(
        ctc, logits, lengths, risk, weights, values, m.maybe(m.like(logits)))
    case 1:
      _ = seq2seq_ctc_expected_risk_hessian_vector_product(
        ctc, logits, lengths, risk, m.tensor(shape, element: logits.pointee.element),
        m.like(logits))
    default:
      // The time is proportional to the number of samples: at most about a second.
      let count = m.integer(6)
      guard count < 1 << 20 || count > 1 << 50 else { return }
      _ = seq2seq_ctc_sampled_edit_risks_and_gradient(
        ctc, logits, lengths, m.labels(shape[0], below: shape[2]), count,
        UInt64(m.bytes.byte()), weights, values, m.maybe(m.like(logits)))
    }
  }
}

private func transducer(_ m: Memory) {
  let (batch, time, positions) = (
    m.bytes.number(below: 3), m.bytes.number(below: 5), m.bytes.number(in: 1...4)
  )
  let vocabulary = m.bytes.number(in: 0...8)
  let shape = [batch, time * positions, vocabulary]
  let steps = m.bytes.number(below: 4)
  let labels = m.labels(batch, below: vocabulary, longest: positions - 1)
  var labelCount = 0
  for sample in 0..<batch { labelCount += Int(min(max(0, labels.pointee.lengths[sample]), 64)) }
  let options = m.pointer(
    seq2seq_transducer_options(
      blank: m.integer(6),
      positions: m.bytes.number(below: 8) == 0 ? m.integer(5) : Int64(positions),
      topology: seq2seq_transducer_topology(UInt32(m.bytes.number(below: 5))),
      normalization: seq2seq_transducer_normalization(UInt32(m.bytes.number(below: 4))),
      steps: m.integers(steps, below: 5), big_blanks: m.integers(steps, below: 8),
      step_count: Int64(steps), under_normalization: m.bytes.flag() ? 0 : m.double(),
      standard_share: m.bytes.flag() ? 0 : m.double(), wildcard: m.bytes.flag() ? 0 : m.integer(4),
      wildcard_log_weight: m.double(),
      first_positions: m.bytes.number(below: 4) == 0 ? m.integers(batch * time, below: 4) : nil,
      windows: m.bytes.number(below: 4) == 0 ? m.integers(2 * labelCount, below: 6) : nil,
      fast_emit: m.bytes.flag() ? 0 : m.double(), gradient_limit: m.bytes.flag() ? 0 : m.double(),
      threads: m.threads()))
  // With other positions than those of the arrays, some arrays would need another size.
  guard options.pointee.positions == Int64(positions) || options.pointee.first_positions == nil
  else {
    return
  }
  let logits = m.tensor(shape, isDense: m.bytes.number(below: 8) != 0)
  let lengths = m.bytes.flag() ? nil : m.integers(batch, below: time + 1)
  switch m.bytes.number(below: 6) {
  case 0, 1:
    let gradient = m.bytes.flag() ? m.maybe(m.like(logits, isDense: true)) : logits
    _ = seq2seq_transducer_losses_and_gradient(
      options, logits, lengths, labels, m.room(Double.self, batch), gradient)
  case 2:
    _ = seq2seq_transducer_hessian_vector_product(
      options, logits, lengths, labels,
      m.tensor(shape, isDense: true, element: logits.pointee.element),
      m.like(logits, isDense: true))
  case 3:
    let count = m.integer(4)
    guard count <= 4 else { return }
    let draws = Int(max(1, count))
    _ = seq2seq_transducer_alignments(
      options, logits, lengths, labels, count, UInt64(m.bytes.byte()),
      m.room(Double.self, batch * draws), m.room(Int64.self, labelCount * draws),
      m.room(Int64.self, labelCount * draws), m.room(Double.self, labelCount * draws))
  case 4:
    _ = seq2seq_transducer_occupancies(
      options, logits, lengths, labels, m.room(Double.self, batch * time * positions * 2))
  default:
    _ = seq2seq_transducer_entropies(
      options, logits, lengths, labels, m.room(Double.self, batch))
  }
}

private func additive(_ m: Memory) {
  let (batch, time, positions) = (
    m.bytes.number(below: 3), m.bytes.number(below: 6), m.bytes.number(below: 5)
  )
  let vocabulary = m.bytes.number(below: 8)
  if m.bytes.number(below: 4) == 0 {
    _ = seq2seq_transducer_pruning_bounds(
      Int64(batch), Int64(time), Int64(positions), m.doubles(batch * time * positions),
      m.doubles(batch * time * positions), m.integers(batch, below: time + 1),
      m.integers(batch, below: positions + 1), m.integer(5),
      seq2seq_transducer_topology(UInt32(m.bytes.number(below: 5))),
      m.room(Int64.self, batch * time), m.room(Int64.self, 1))
    return
  }
  let options = m.pointer(
    seq2seq_additive_transducer_options(
      blank: m.integer(6), topology: seq2seq_transducer_topology(UInt32(m.bytes.number(below: 5))),
      predictor_share: m.bytes.flag() ? 0 : m.double(),
      encoder_share: m.bytes.flag() ? 0 : m.double(),
      fast_emit: m.bytes.flag() ? 0 : m.double(), threads: m.threads()))
  let encoder = m.tensor([batch, time, vocabulary])
  let predictor = m.tensor([batch, positions, vocabulary], element: encoder.pointee.element)
  let hasGradients = m.bytes.flag()
  let hasOccupancies = m.bytes.flag()
  _ = seq2seq_additive_transducer_losses_and_gradients(
    options, encoder, predictor, m.bytes.flag() ? nil : m.integers(batch, below: time + 1),
    m.labels(batch, below: vocabulary, longest: max(0, positions - 1)), m.room(Double.self, batch),
    hasGradients ? m.twin(encoder) : nil, hasGradients ? m.twin(predictor) : nil,
    hasOccupancies ? m.room(Double.self, batch * time * positions) : nil,
    hasOccupancies ? m.room(Double.self, batch * time * positions) : nil)
}

private func options(_ m: Memory, _ vocabulary: Int) -> seq2seq_decoder_options {
  let words = m.bytes.number(below: 4)
  let lexicon = m.bytes.flag() ? m.strings(words) : nil
  let phrases = m.bytes.number(below: 4)
  return seq2seq_decoder_options(
    labels: m.bytes.flag() ? m.strings(vocabulary) : nil,
    vocabulary: m.bytes.number(below: 8) == 0 ? m.integer(6) % (1 << 16) : Int64(vocabulary),
    blank: m.integer(6),
    word_separator: m.bytes.flag() ? nil : UnsafePointer(m.copy([CChar(0x7C), 0])),
    topology: seq2seq_topology(UInt32(m.bytes.number(below: 4))), beam_width: m.integer(8),
    beam_threshold: abs(m.double()), token_prune_threshold: abs(m.double()),
    hypothesis_count: m.integer(4), finds_spans: m.bytes.flag() ? 1 : 0,
    confidence: Int32(m.bytes.number(below: 4)), language_model: nil, lexicon: lexicon,
    spellings: lexicon != nil && m.bytes.flag() ? m.labels(words, below: vocabulary) : nil,
    phrases: m.bytes.flag() ? m.strings(phrases) : nil, phrase_boosts: m.doubles(phrases),
    pieces: seq2seq_piece_marks(UInt32(m.bytes.number(below: 7))), folds: m.bytes.flag() ? 1 : 0)
}

private func decoder(_ m: Memory) {
  let shape = m.shape()
  let logits = m.tensor(shape)
  if m.bytes.number(below: 4) == 0 {
    _ = seq2seq_forced_align(
      logits, m.lengths(shape), m.labels(shape[0], below: shape[2]), m.integer(6),
      seq2seq_topology(UInt32(m.bytes.number(below: 4))), m.threads(),
      m.room(Int64.self, shape[0] * shape[1]), m.room(Double.self, shape[0] * shape[1]))
    return
  }
  var options = options(m, shape[2])
  var decoder: OpaquePointer?
  _ = seq2seq_decoder_create(&options, &decoder)
  guard let decoder else { return }
  defer { seq2seq_decoder_destroy(decoder) }
  var result = seq2seq_result()
  _ = seq2seq_decoder_decode(decoder, logits, m.lengths(shape), m.threads(), &result)
  seq2seq_result_destroy(&result)
  _ = seq2seq_decoder_decode_greedy(decoder, logits, m.lengths(shape), m.threads(), &result)
  seq2seq_result_destroy(&result)
  var stream: OpaquePointer?
  _ = seq2seq_stream_create(decoder, &stream)
  for _ in 0..<2 {
    _ = seq2seq_stream_feed(stream, m.tensor([m.bytes.number(below: 3), shape[1], shape[2]]))
    _ = seq2seq_stream_hypotheses(stream, m.integer(4), &result)
    seq2seq_result_destroy(&result)
    _ = seq2seq_stream_stable_tokens(stream, &result)
    seq2seq_result_destroy(&result)
  }
  _ = seq2seq_stream_finish(stream, &result)
  seq2seq_result_destroy(&result)
  seq2seq_stream_destroy(stream)
}

/// A caller's model: its rows come from the fuzzer, and it sometimes fails.
private func transducerDecoder(_ m: Memory) {
  let vocabulary = m.bytes.number(in: 1...6)
  let steps = m.bytes.number(below: 3)
  var options = seq2seq_transducer_decoder_options(
    search: options(m, vocabulary), maximum_labels_per_frame: m.integer(4),
    topology: seq2seq_transducer_topology(UInt32(m.bytes.number(below: 5))),
    steps: m.integers(steps, below: 5), big_blanks: m.integers(steps, below: 8),
    step_count: Int64(steps))
  var decoder: OpaquePointer?
  _ = seq2seq_transducer_decoder_create(&options, &decoder)
  guard let decoder else { return }
  defer { seq2seq_transducer_decoder_destroy(decoder) }
  var model = seq2seq_transducer_model(
    context: Unmanaged.passUnretained(m).toOpaque(),
    start: { context, state in
      state?.pointee = 0
      return Memory.of(context).bytes.number(below: 64) == 63 ? 1 : 0
    },
    advance: { context, count, states, labels, next in
      for index in 0..<Int(count) { next?[index] = (states?[index] ?? 0) + (labels?[index] ?? 0) }
      return Memory.of(context).bytes.number(below: 64) == 63 ? 1 : 0
    },
    join: { context, count, frames, states, width, logits in
      for index in 0..<Int(count * width) { logits?[index] = Memory.of(context).bytes.logit() }
      return Memory.of(context).bytes.number(below: 64) == 63 ? 1 : 0
    }, release: nil)
  let counts = (0..<m.bytes.number(below: 3)).map { _ in Int64(m.bytes.number(below: 6)) }
  var result = seq2seq_result()
  _ = seq2seq_transducer_decoder_decode(
    decoder, &model, m.copy(counts), Int64(counts.count), &result)
  seq2seq_result_destroy(&result)
  _ = seq2seq_transducer_decoder_decode_greedy(
    decoder, &model, m.copy(counts), Int64(counts.count), &result)
  seq2seq_result_destroy(&result)
  var stream: OpaquePointer?
  _ = seq2seq_transducer_stream_create(decoder, &model, m.bytes.flag() ? 1 : 0, &stream)
  guard let stream else { return }
  for _ in 0..<2 {
    _ = seq2seq_transducer_stream_feed(stream, Int64(m.bytes.number(below: 4)))
    _ = seq2seq_transducer_stream_hypotheses(stream, m.integer(4), &result)
    seq2seq_result_destroy(&result)
  }
  _ = seq2seq_transducer_stream_finish(stream, &result)
  seq2seq_result_destroy(&result)
  seq2seq_transducer_stream_destroy(stream)
}

private func sequences(_ m: Memory) {
  let pairs = m.bytes.number(below: 5)
  let others = m.bytes.number(below: 8) == 0 ? m.bytes.number(below: 5) : pairs
  let references = m.labels(pairs, below: 4, longest: 8)
  let hypotheses = m.labels(others, below: 4, longest: 8)
  _ = seq2seq_error_counts(references, hypotheses, m.room(Int64.self, 4 * pairs))
  _ = seq2seq_edit_distances(references, hypotheses, m.room(Int64.self, pairs))
}

extension Memory {
  fileprivate static func of(_ context: UnsafeMutableRawPointer?) -> Memory {
    guard let context else { fatalError("a context that is lost") }
    return Unmanaged<Memory>.fromOpaque(context).takeUnretainedValue()
  }

  /// Memory for a gradient with the strides of a tensor.
  fileprivate func twin(
    _ tensor: UnsafeMutablePointer<seq2seq_tensor>
  ) -> UnsafeMutablePointer<seq2seq_tensor> {
    var twin = tensor.pointee
    let shape = [twin.shape.0, twin.shape.1, twin.shape.2].map(Int.init)
    let strides = [twin.strides.0, twin.strides.1, twin.strides.2].map(Int.init)
    var (lowest, highest) = (0, 0)
    if shape.allSatisfy({ $0 > 0 }) {
      for (size, stride) in zip(shape, strides) {
        if stride < 0 { lowest += stride * (size - 1) } else { highest += stride * (size - 1) }
      }
      highest += 1
    }
    let size =
      twin.element == SEQ2SEQ_FLOAT64 ? 8 : twin.element == SEQ2SEQ_FLOAT32 ? 4 : 2
    twin.values =
      UnsafeMutableRawPointer(room(UInt8.self, (highest - lowest) * size)) - lowest * size
    return pointer(twin)
  }
}
