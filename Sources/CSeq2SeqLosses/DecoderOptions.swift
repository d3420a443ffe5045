import CSeq2SeqLossesHeader
import NGramModels
import Seq2SeqDecoding
import Seq2SeqLosses

// What C's description of a decoder has in it.

func vocabulary(_ options: seq2seq_decoder_options) throws(InputError) -> TokenVocabulary {
  guard options.labels != nil else {
    return try TokenVocabulary(count: Int(options.vocabulary), blank: Int(options.blank))
  }
  let marks: [PieceMarks] = [
    .sentencePiece, .wordPiece, .continuation, .endOfWord, .underscore, .byteLevel,
  ]
  guard marks.indices.contains(Int(options.pieces.rawValue)) else {
    throw InputError("pieces", "\(options.pieces.rawValue) are no marks")
  }
  return try TokenVocabulary(
    strings("labels", options.labels), blank: Int(options.blank),
    wordSeparator: options.word_separator == nil
      ? " " : string("word_separator", options.word_separator),
    pieces: marks[Int(options.pieces.rawValue)])
}

/// The options that the searches of CTC and of transducers share.
func searchOptions(_ options: seq2seq_decoder_options) -> SearchOptions {
  SearchOptions(
    beamWidth: Int(options.beam_width), beamThreshold: options.beam_threshold,
    tokenPruneThreshold: options.token_prune_threshold,
    hypothesisCount: Int(options.hypothesis_count))
}

func beamSearchOptions(
  _ options: seq2seq_decoder_options
) throws(InputError) -> BeamSearchOptions {
  let topology = try CTCTopology(options.topology)
  let measures: [ConfidenceMeasure] = [.largest, .mean, .entropy]
  guard options.confidence.rawValue < measures.count else {
    throw InputError("confidence", "\(options.confidence.rawValue) is no measure")
  }
  var search = BeamSearchOptions(
    topology: topology, findsSpans: options.finds_spans != 0,
    confidence: measures[Int(options.confidence.rawValue)])
  search.search = searchOptions(options)
  return search
}

func languageModel(
  _ options: seq2seq_decoder_options
) throws(InputError) -> LanguageModelFusion? {
  guard let part = options.language_model?.pointee, part.model != nil else { return nil }
  let model = try Handle<NGramModel>.get("model", part.model)
  let units: [LanguageModelFusion.Unit] = [.word, .token]
  guard part.unit.rawValue < units.count else {
    throw InputError("unit", "\(part.unit.rawValue) is no unit")
  }
  var fusion = LanguageModelFusion(model, unit: units[Int(part.unit.rawValue)])
  fusion.weight = part.weight
  fusion.insertionBonus = part.insertion_bonus
  fusion.unknownPenalty = part.unknown_penalty
  fusion.looksAhead = part.looks_ahead != 0
  return fusion
}

func lexicon(_ options: seq2seq_decoder_options) throws(InputError) -> Lexicon? {
  guard options.lexicon != nil else { return nil }
  let words = try strings("lexicon", options.lexicon)
  guard options.spellings != nil else { return Lexicon(words: words) }
  let spellings = try LabelBatch("spellings", options.spellings)
  guard spellings.count == words.count else {
    throw InputError("spellings", "\(spellings.count) for \(words.count) words")
  }
  return Lexicon(
    entries: words.enumerated().map {
      Lexicon.Entry(word: $1, tokens: Array(spellings[$0]))
    })
}

func phrases(
  _ options: seq2seq_decoder_options, _ vocabulary: TokenVocabulary
) throws(InputError) -> PhraseBias? {
  guard options.phrases != nil else { return nil }
  let texts = try strings("phrases", options.phrases)
  guard let boosts = options.phrase_boosts else { throw InputError("phrase_boosts", "NULL") }
  let phrases = PhraseBias(texts.enumerated().map { PhraseBias.Phrase($1, boost: boosts[$0]) })
  return options.folds == 0 ? phrases : phrases.folded(vocabulary, .all)
}
