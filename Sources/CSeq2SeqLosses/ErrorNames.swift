// What errors call arguments and fields in C, where that is not Swift's name with its words apart.

/// Of functions with a batch of logits.
let lossNames = [
  "lengths": "logit_lengths", "labelLengths": "labels.lengths", "labelCounts": "labels.lengths",
  // The shape is that of the logits; `batch` is an argument of its own.
  "layout": "logits", "time": "logits", "vocabulary": "logits",
  "strides": "logits",
  "durations": "steps",
]

/// Of functions whose labels are hypotheses.
let riskNames = lossNames.merging([
  "labels": "hypotheses", "labelLengths": "hypotheses.lengths",
  "labelCounts": "hypotheses.lengths",
]) { $1 }

/// Of functions with a batch of an encoder's and a predictor's values.
let additiveNames = lossNames.merging([
  "lengths": "encoder_lengths", "positions": "predictor", "logits": "encoder",
  "layout": "encoder", "time": "encoder", "vocabulary": "encoder",
  "strides": "encoder",
]) { $1 }

/// Of decoders.
let decoderNames = [
  "layout": "log_probabilities", "batch": "log_probabilities", "time": "log_probabilities",
  "strides": "log_probabilities", "durations": "steps",
]

/// Of pruning bounds, whose sizes are arguments of their own.
let pruningNames = ["vocabulary": "positions", "layout": "occupancies"]

/// Of forced alignment, whose vocabulary is an axis of the log-probabilities.
let alignmentNames = decoderNames.merging([
  "vocabulary": "log_probabilities", "labels": "targets", "labelLengths": "targets.lengths",
]) { $1 }
