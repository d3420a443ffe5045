import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// Makes a transducer loss; see the header.
@c @implementation
public func seq2seq_transducer_create(
  _ options: UnsafePointer<seq2seq_transducer_options>!,
  _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> seq2seq_status {
  create(options, result, lossNames) { (options) throws(InputError) in
    try KernelVariant.check()
    return try TransducerLoss(options)
  }
}

/// Destroys a transducer loss; see the header.
@c @implementation
public func seq2seq_transducer_destroy(_ transducer: OpaquePointer!) {
  Handle<TransducerLoss>.destroy(transducer)
}

extension TransducerLoss {
  /// C's options.
  fileprivate init(_ options: seq2seq_transducer_options) throws(InputError) {
    let topology = try TransducerTopology(
      options.topology, options.steps, options.big_blanks, options.step_count)
    let normalizations: [TransducerNormalization] = [.softmax, .factored, .none]
    guard options.normalization.rawValue < normalizations.count else {
      throw InputError("normalization", "\(options.normalization.rawValue) is no normalization")
    }
    guard !options.gradient_limit.isNaN else {
      throw InputError("gradient_limit", "\(options.gradient_limit)")
    }
    let wildcard: TransducerWildcard?
    switch options.wildcard {
    case SEQ2SEQ_WILDCARD_NONE: wildcard = nil
    case SEQ2SEQ_WILDCARD_ENDS_WITH_BLANK, SEQ2SEQ_WILDCARD_SKIPS_LAST_BLANK:
      wildcard = TransducerWildcard(
        logWeight: options.wildcard_log_weight,
        endsWithBlank: options.wildcard == SEQ2SEQ_WILDCARD_ENDS_WITH_BLANK)
    default: throw InputError("wildcard", "\(options.wildcard.rawValue) is no wildcard")
    }
    self.init(
      blank: Int(options.blank), topology: topology,
      normalization: normalizations[Int(options.normalization.rawValue)],
      underNormalization: options.under_normalization, standardShare: options.standard_share,
      wildcard: wildcard, fastEmit: options.fast_emit,
      gradientLimit: options.gradient_limit > 0 ? options.gradient_limit : nil,
      threads: try threadCount(options.threads))
  }
}
