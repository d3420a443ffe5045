extension TransducerBeamSearch {
  /// The best hypotheses, best first, as at the end of the utterance or before it.
  ///
  /// An utterance ends with its frames. Paths that reach beyond count only if there are no others.
  func hypotheses(
    _ vocabulary: TokenVocabulary, count: Int, isFinal: Bool
  ) -> [Hypothesis] {
    var ends = TransducerBeam()
    if isFinal {
      for var entry in beams[0].entries where entry.ended.total > -.infinity {
        entry.paths = entry.ended
        ends.add(entry)
      }
    }
    if ends.isEmpty {
      for beam in beams {
        for entry in beam.entries { ends.add(entry) }
      }
    }
    let traceOfPrefix = Dictionary(
      uniqueKeysWithValues: ends.entries.map { ($0.prefix, $0.paths.trace) })
    let scored = ends.entries.map { PrefixTree.Scored(prefix: $0.prefix, acoustic: $0.paths.total) }
    return expansion.tree
      .hypotheses(scored, expansion.session, vocabulary, count: count, isFinal: isFinal)
      .map { prefix, hypothesis in
        var hypothesis = hypothesis
        hypothesis.spans = candidates.traces.spans(traceOfPrefix[prefix] ?? -1)
        SequenceAligner.locate(&hypothesis.words, hypothesis.spans)
        return hypothesis
      }
  }
}
