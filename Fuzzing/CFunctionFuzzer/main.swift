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
  var options = seq2seq_ctc_options(
    blank: memory.integer(6), topology: seq2seq_topology(UInt32(memory.bytes.number(below: 4))),
    inputs: seq2seq_inputs(UInt32(memory.bytes.number(below: 4))), threads: memory.threads())
  var ctc: OpaquePointer?
  _ = seq2seq_ctc_create(&options, &ctc)
  guard let ctc else { return }
  body(ctc)
  seq2seq_ctc_destroy(ctc)
}

private func ctc(_ m: Memory) {
  withCTC(m) { ctc in
    let shape = m.shape()
    let logits = m.tensor(shape)
    let labels = m.labels(shape[0], below: shape[2]).pointee
    let samples = m.maybe(
      m.pointer(
        seq2seq_ctc_batch(logits: logits.pointee, logit_lengths: m.lengths(shape), labels: labels)))
    let (batch, time, vocabulary) = (shape[0], shape[1], shape[2])
    switch m.bytes.number(below: 10) {
    case 0: _ = seq2seq_ctc_validate(ctc, samples)
    case 1:
      let weights = m.bytes.flag() ? m.doubles(batch) : nil
      _ = seq2seq_ctc_losses(ctc, samples, m.room(Double.self, batch))
      _ = seq2seq_ctc_losses_and_gradient(
        ctc, samples, weights, m.room(Double.self, batch), m.maybe(m.like(logits)))
    case 2:
      let vector = m.tensor(shape, element: logits.pointee.element)
      _ = seq2seq_ctc_hessian_vector_products(ctc, samples, vector, m.like(logits))
    case 3:
      let count = batch * time * vocabulary * time * vocabulary
      _ = seq2seq_ctc_hessians(
        ctc, samples, m.room(Double.self, count),
        m.bytes.flag() ? Int64(count) : m.integer(9) % Int64(max(1, count)))
    case 4: _ = seq2seq_ctc_occupancies(ctc, samples, m.like(logits))
    case 5: _ = seq2seq_ctc_entropies(ctc, samples, m.room(Double.self, batch))
    case 6:
      var alignments = seq2seq_ctc_alignments(
        tokens: m.room(Int64.self, batch * time), label_indices: m.room(Int64.self, batch * time),
        log_probabilities: m.maybe(m.room(Double.self, batch)))
      _ = seq2seq_ctc_best_alignments(ctc, samples, &alignments)
    case 7:
      let count = m.integer(4)
      // No more than a caller could have memory for.
      guard count <= 4 else { return }
      let draws = batch * Int(max(0, count))
      var alignments = seq2seq_ctc_alignments(
        tokens: m.room(Int64.self, draws * time), label_indices: m.room(Int64.self, draws * time),
        log_probabilities: m.room(Double.self, draws))
      _ = seq2seq_ctc_sampled_alignments(
        ctc, samples, count, UInt64(m.bytes.byte()), &alignments)
    case 8:
      let states = m.integer(12)
      guard states <= 12 else { return }
      let places = (time + 1) * Int(max(0, states))
      _ = seq2seq_ctc_lattice_variables(
        ctc, samples, states, m.maybe(m.room(Double.self, batch * places)),
        m.maybe(m.room(Double.self, batch * places)),
        m.maybe(m.room(Double.self, batch * places * places)),
        m.maybe(m.room(Double.self, batch * time * vocabulary)))
    default: variant(m, ctc, samples, shape, logits)
    }
  }
}

private func variant(
  _ m: Memory, _ ctc: OpaquePointer, _ samples: UnsafeMutablePointer<seq2seq_ctc_batch>?,
  _ shape: [Int], _ logits: UnsafeMutablePointer<seq2seq_tensor>
) {
  let weights = m.bytes.flag() ? m.doubles(shape[0]) : nil
  let values = m.maybe(m.room(Double.self, shape[0]))
  let gradient = m.maybe(m.like(logits))
  switch m.bytes.number(below: 6) {
  case 0: _ = seq2seq_ctc_entropies_and_gradient(ctc, samples, weights, values, gradient)
  case 1:
    _ = seq2seq_ctc_entropy_regularized_losses_and_gradient(
      ctc, samples, m.double(), weights, values, gradient)
  case 2:
    let costs = m.maybe(m.tensor(shape, element: logits.pointee.element))
    _ = seq2seq_ctc_path_risks_and_gradient(ctc, samples, costs, weights, values, gradient)
  case 3:
    _ = seq2seq_ctc_prior_corrected_losses_and_gradient(
      ctc, samples, m.maybe(m.doubles(shape[2])), m.double(), weights, values, gradient)
  case 4:
    _ = seq2seq_ctc_focal_losses_and_gradient(ctc, samples, m.double(), weights, values, gradient)
  default:
    _ = seq2seq_ctc_smoothed_losses_and_gradient(
      ctc, samples, m.double(), weights, values, gradient)
  }
}

private func risk(
  _ m: Memory, _ batch: Int, _ vocabulary: Int, longest: Int = 5
) -> UnsafeMutablePointer<seq2seq_expected_risk> {
  let counts = (0..<batch).map { _ in Int64(m.bytes.number(below: 4)) }
  let sequences = Int(counts.reduce(0, +))
  return m.pointer(
    seq2seq_expected_risk(
      hypotheses: m.labels(sequences, below: vocabulary, longest: longest).pointee,
      counts: m.copy(counts), count: Int64(batch), risks: m.doubles(sequences),
      references: m.maybe(m.labels(batch, below: vocabulary)), score_scale: m.double(),
      reference_weight: m.bytes.flag() ? 0 : m.double(), subtracts_mean: m.bytes.flag() ? 1 : 0))
}

private func risks(_ m: Memory) {
  withCTC(m) { ctc in
    let shape = m.shape()
    let logits = m.tensor(shape)
    let samples = m.pointer(
      seq2seq_ctc_batch(
        logits: logits.pointee, logit_lengths: m.lengths(shape),
        labels: m.labels(shape[0], below: shape[2]).pointee))
    let risk = risk(m, shape[0], shape[2])
    let weights = m.bytes.flag() ? m.doubles(shape[0]) : nil
    let values = m.room(Double.self, shape[0])
    switch m.bytes.number(below: 4) {
    case 0: _ = seq2seq_ctc_expected_risks(ctc, samples, risk, values)
    case 1:
      _ = seq2seq_ctc_expected_risks_and_gradient(
        ctc, samples, risk, weights, values, m.maybe(m.like(logits)))
    case 2:
      _ = seq2seq_ctc_expected_risk_hessian_vector_products(
        ctc, samples, risk, m.tensor(shape, element: logits.pointee.element), m.like(logits))
    default:
      // The time is proportional to the number of samples: at most about a second.
      let count = m.integer(6)
      guard count < 1 << 20 || count > 1 << 50 else { return }
      _ = seq2seq_ctc_sampled_edit_risks_and_gradient(
        ctc, samples, count, UInt64(m.bytes.byte()), weights, values, m.maybe(m.like(logits)))
    }
  }
}

private func withTransducer(_ m: Memory, _ body: (OpaquePointer) -> Void) {
  let steps = m.bytes.number(below: 4)
  var options = seq2seq_transducer_options(
    blank: m.integer(6), topology: seq2seq_transducer_topology(UInt32(m.bytes.number(below: 5))),
    normalization: seq2seq_transducer_normalization(UInt32(m.bytes.number(below: 4))),
    steps: m.integers(steps, below: 5), big_blanks: m.integers(steps, below: 8),
    step_count: Int64(steps), under_normalization: m.bytes.flag() ? 0 : m.double(),
    standard_share: m.bytes.flag() ? 0 : m.double(),
    wildcard: seq2seq_transducer_wildcard(m.bytes.flag() ? 0 : UInt32(m.bytes.number(below: 4))),
    wildcard_log_weight: m.double(), fast_emit: m.bytes.flag() ? 0 : m.double(),
    gradient_limit: m.bytes.flag() ? 0 : m.double(), threads: m.threads())
  var transducer: OpaquePointer?
  _ = seq2seq_transducer_create(&options, &transducer)
  guard let transducer else { return }
  body(transducer)
  seq2seq_transducer_destroy(transducer)
}

private func transducer(_ m: Memory) {
  withTransducer(m) { transducer in
    let (batch, time, positions) = (
      m.bytes.number(below: 3), m.bytes.number(below: 5), m.bytes.number(in: 1...4)
    )
    let vocabulary = m.bytes.number(in: 0...8)
    let shape = [batch, time * positions, vocabulary]
    let labels = m.labels(batch, below: vocabulary, longest: positions - 1).pointee
    var labelCount = 0
    for sample in 0..<batch { labelCount += Int(min(max(0, labels.lengths[sample]), 64)) }
    let logits = m.tensor(shape, isDense: m.bytes.number(below: 8) != 0)
    let samples = m.pointer(
      seq2seq_transducer_batch(
        logits: logits.pointee,
        logit_lengths: m.bytes.flag() ? nil : m.integers(batch, below: time + 1), labels: labels,
        positions: m.bytes.number(below: 8) == 0 ? m.integer(5) : Int64(positions),
        first_positions: m.bytes.number(below: 4) == 0 ? m.integers(batch * time, below: 4) : nil,
        windows: m.bytes.number(below: 4) == 0 ? m.integers(2 * labelCount, below: 6) : nil))
    // With other positions than those of the arrays, some arrays would need another size.
    guard samples.pointee.positions == Int64(positions) || samples.pointee.first_positions == nil
    else { return }
    let weights = m.bytes.flag() ? m.doubles(batch) : nil
    switch m.bytes.number(below: 8) {
    case 0: _ = seq2seq_transducer_losses(transducer, samples, m.room(Double.self, batch))
    case 1, 2:
      let gradient = m.bytes.flag() ? m.maybe(m.like(logits, isDense: true)) : logits
      _ = seq2seq_transducer_losses_and_gradient(
        transducer, samples, weights, m.room(Double.self, batch), gradient)
    case 3:
      _ = seq2seq_transducer_hessian_vector_products(
        transducer, samples, m.tensor(shape, isDense: true, element: logits.pointee.element),
        m.like(logits, isDense: true))
    case 4:
      let count = m.integer(4)
      guard count <= 4 else { return }
      let draws = Int(max(1, count))
      var alignments = seq2seq_transducer_alignments(
        log_probabilities: m.room(Double.self, batch * draws),
        first_frames: m.room(Int64.self, labelCount * draws),
        frames: m.room(Int64.self, labelCount * draws),
        label_log_probabilities: m.room(Double.self, labelCount * draws))
      _ = seq2seq_transducer_best_alignments(transducer, samples, &alignments)
      _ = seq2seq_transducer_sampled_alignments(
        transducer, samples, count, UInt64(m.bytes.byte()), &alignments)
    case 5:
      _ = seq2seq_transducer_occupancies(
        transducer, samples, m.room(Double.self, batch * time * positions * 2))
    case 6:
      _ = seq2seq_transducer_entropies(transducer, samples, m.room(Double.self, batch))
    default: transducerRisks(m, transducer, samples.pointee, time: time, positions: positions)
    }
  }
}

/// Each hypothesis is a sample of the logits.
private func transducerRisks(
  _ m: Memory, _ transducer: OpaquePointer, _ batch: seq2seq_transducer_batch, time: Int,
  positions: Int
) {
  let lists = m.bytes.number(below: 3)
  let vocabulary = Int(batch.logits.shape.2)
  let risk = risk(m, lists, vocabulary, longest: positions - 1)
  let sequences = Int(risk.pointee.hypotheses.count)
  let shape = [sequences, time * positions, vocabulary]
  let logits = m.tensor(shape, isDense: true)
  var samples = batch
  samples.logits = logits.pointee
  samples.logit_lengths = nil
  samples.first_positions = nil
  samples.windows = nil
  guard samples.positions == Int64(positions) else { return }
  switch m.bytes.number(below: 3) {
  case 0:
    _ = seq2seq_transducer_expected_risks(
      transducer, &samples, risk, m.room(Double.self, lists))
  case 1:
    _ = seq2seq_transducer_expected_risks_and_gradient(
      transducer, &samples, risk, m.bytes.flag() ? m.doubles(lists) : nil,
      m.room(Double.self, lists), m.maybe(m.like(logits, isDense: true)))
  default:
    _ = seq2seq_transducer_expected_risk_hessian_vector_products(
      transducer, &samples, risk, m.tensor(shape, isDense: true, element: logits.pointee.element),
      m.like(logits, isDense: true))
  }
}

private func additive(_ m: Memory) {
  let (batch, time, positions) = (
    m.bytes.number(below: 3), m.bytes.number(below: 6), m.bytes.number(below: 5)
  )
  let vocabulary = m.bytes.number(below: 8)
  if m.bytes.number(below: 4) == 0 {
    _ = seq2seq_transducer_pruning_bounds(
      Int64(batch), Int64(time), Int64(positions), m.doubles(batch * time * positions * 2),
      m.integers(batch, below: time + 1), m.integers(batch, below: positions + 1), m.integer(5),
      seq2seq_transducer_topology(UInt32(m.bytes.number(below: 5))),
      m.room(Int64.self, batch * time), m.room(Int64.self, 1))
    return
  }
  var options = seq2seq_additive_transducer_options(
    blank: m.integer(6), topology: seq2seq_transducer_topology(UInt32(m.bytes.number(below: 5))),
    predictor_share: m.bytes.flag() ? 0 : m.double(),
    encoder_share: m.bytes.flag() ? 0 : m.double(), fast_emit: m.bytes.flag() ? 0 : m.double(),
    threads: m.threads())
  var transducer: OpaquePointer?
  _ = seq2seq_additive_transducer_create(&options, &transducer)
  guard let transducer else { return }
  defer { seq2seq_additive_transducer_destroy(transducer) }
  let encoder = m.tensor([batch, time, vocabulary])
  let predictor = m.tensor([batch, positions, vocabulary], element: encoder.pointee.element)
  var samples = seq2seq_additive_transducer_batch(
    encoder: encoder.pointee, predictor: predictor.pointee,
    encoder_lengths: m.bytes.flag() ? nil : m.integers(batch, below: time + 1),
    labels: m.labels(batch, below: vocabulary, longest: max(0, positions - 1)).pointee)
  let losses = m.maybe(m.room(Double.self, batch))
  let occupancies = m.maybe(m.room(Double.self, batch * time * positions * 2))
  switch m.bytes.number(below: 4) {
  case 0: _ = seq2seq_additive_transducer_losses(transducer, &samples, losses)
  case 1:
    _ = seq2seq_additive_transducer_losses_and_gradients(
      transducer, &samples, losses, m.maybe(m.twin(encoder)), m.maybe(m.twin(predictor)))
  case 2:
    _ = seq2seq_additive_transducer_losses_and_occupancies(
      transducer, &samples, losses, occupancies)
  default:
    _ = seq2seq_additive_transducer_losses_gradients_and_occupancies(
      transducer, &samples, losses, m.twin(encoder), m.twin(predictor), occupancies)
  }
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
    confidence: seq2seq_confidence(UInt32(m.bytes.number(below: 4))), language_model: nil,
    lexicon: lexicon,
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
  if m.bytes.flag() {
    _ = seq2seq_transducer_stream_create_greedy(decoder, &model, &stream)
  } else {
    _ = seq2seq_transducer_stream_create(decoder, &model, &stream)
  }
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
