/// What the outputs of a transducer's joiner do to a path through frames and labels.
public enum TransducerDecodingTopology: Sendable, Equatable {
  /// A blank takes a frame, a label none: any number of labels a frame (Graves 2012, arXiv 1211.3711).
  case standard
  /// Each takes a frame: one symbol a frame (Tripathi et al. 2019, arXiv 1912.07744). It is what
  /// icefall's "modified" beam search has (Kang et al. 2022, arXiv 2211.00484).
  case monotonic
  /// Each takes as many frames as a duration out of this table, which the joiner gives logits for beside the tokens'
  /// (TDT: Xu et al. 2023, arXiv 2304.06795).
  case tokenAndDuration([Int])
  /// As ``standard``, with further blanks that take the given numbers of frames, by their tokens (Xu et al. 2022,
  /// arXiv 2211.03541).
  case multiBlank([Int: Int])
}
