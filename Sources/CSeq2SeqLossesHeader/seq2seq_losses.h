/* swift-seq2seq-losses from C, and from all that calls C.
 *
 * Losses are natural logarithms, posteriors and gradients exact. Arrays are described by their
 * shape and strides and are read and written where they lie. A call that returns another status
 * than SEQ2SEQ_OK has written nothing; seq2seq_last_error() says what was wrong. Nothing traps on
 * bad numbers; what can not be checked are pointers: each must lead to as many values as are
 * described here.
 *
 * Sizes. No number makes a call allocate without bound, run for ever or end the process. A batch has at
 * most 2^20 samples, a tensor at most 2^31 - 1 frames and 2^24 tokens and spans at most 2^40 elements, an
 * array or a list at most 2^31 - 1 entries. Draws are at most 2^20 a sample, and 2^28 frames and labels
 * in all. What has more is SEQ2SEQ_INVALID_ARGUMENT, as is a product that overflows.
 *
 * Threads. All functions may be called from any number of threads at once, also with one handle. Handles
 * are numbers, not addresses, and are never used twice: one that was destroyed, or is of another kind, is
 * SEQ2SEQ_INVALID_ARGUMENT. One that is destroyed while a call uses it lives until the call returns. Calls
 * that use one stream wait for each other; see seq2seq_transducer_stream for functions of the caller's.
 *
 * After fork, a child of a process that has computed on several threads computes on the calling thread
 * alone: the others are not in the child.
 */
#ifndef SEQ2SEQ_LOSSES_H
#define SEQ2SEQ_LOSSES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  SEQ2SEQ_OK = 0,
  /* seq2seq_last_error() names the argument, the sample and the value. */
  SEQ2SEQ_INVALID_ARGUMENT = 1,
  /* A function of the caller's returned another value than 0. */
  SEQ2SEQ_MODEL_FAILED = 2
} seq2seq_status;

/* The type of a tensor's values. */
typedef enum {
  SEQ2SEQ_FLOAT32 = 0,
  SEQ2SEQ_FLOAT64 = 1,
  SEQ2SEQ_FLOAT16 = 2,
  SEQ2SEQ_BFLOAT16 = 3
} seq2seq_element;

typedef enum {
  /* Repeated labels collapse unless a blank is between them. */
  SEQ2SEQ_CLASSIC = 0,
  /* Every frame emits a label or the blank: only blanks are removed. */
  SEQ2SEQ_SIMPLIFIED = 1,
  /* Repeats are merged, and there is no blank: each label has at least one frame. */
  SEQ2SEQ_NO_BLANK = 2
} seq2seq_topology;

/* The name of a topology, such as "classic"; NULL where there is none of that number. They are numbered from 0 on. */
const char *seq2seq_topology_name(seq2seq_topology topology);

typedef enum {
  /* Any numbers: the softmax is part of the loss. */
  SEQ2SEQ_LOGITS = 0,
  /* Logarithms of probabilities, taken as independent variables. */
  SEQ2SEQ_LOG_PROBABILITIES = 1
} seq2seq_inputs;

/* Values [batch, time, vocabulary]; index (b, t, k) is at
 * values + b * strides[0] + t * strides[1] + k * strides[2], in elements. Strides may be negative,
 * and 0 for the batch of an input. Inputs are not written to. */
typedef struct {
  void *values;
  seq2seq_element element;
  int64_t shape[3];
  int64_t strides[3];
} seq2seq_tensor;

/* One sequence of labels a sample.
 *
 * With row_stride >= 0, sequence b is values[b * row_stride ...] of lengths[b] labels, none of
 * them past the row: the rows of a padded matrix. With row_stride < 0 the sequences follow one
 * another without gaps. value_count is the number of values that may be read. */
typedef struct {
  const int64_t *values;
  int64_t value_count;
  const int64_t *lengths;
  int64_t count;
  int64_t row_stride;
} seq2seq_labels;

/* A loss: its options, and memory that calls use again. It is as much as the largest sample needs, for as
 * many threads as work at once, at most the processors and two; what a thousand samples in a row use less
 * than a quarter of is given back. */
typedef struct seq2seq_ctc seq2seq_ctc;

/* The version of the library: "0.1.0". */
const char *seq2seq_version(void);

/* The build of the kernels that runs: "avx512", "avx2" or "baseline", the best one for this processor unless the
 * environment variable SEQ2SEQ_KERNELS names another, or "general" for none where the losses can do without. The
 * variable is read once, at first use. If it names none that can run here, losses and beam searches return
 * SEQ2SEQ_INVALID_ARGUMENT, and this is the best one's name. */
const char *seq2seq_kernel(void);

/* What was wrong in the calling thread's last call that did not return SEQ2SEQ_OK, such as
 * "labels, sample 3, position 1: 7 is outside 0..<5"; valid until the thread's next such call. */
const char *seq2seq_last_error(void);

/* Makes a loss in *result. blank is the index of the blank token; threads is the largest number of
 * threads of a call, 0 for one a processor. Results do not depend on it. */
seq2seq_status seq2seq_ctc_create(int64_t blank, seq2seq_topology topology, seq2seq_inputs inputs,
                                  int64_t threads, seq2seq_ctc **result);

/* Ends a loss; NULL is allowed, as for all handles. */
void seq2seq_ctc_destroy(seq2seq_ctc *ctc);

/* Whether samples of this shape, [batch, time, vocabulary], can have these lengths and labels: the
 * status and the error that the functions below would have, without any logits. */
seq2seq_status seq2seq_ctc_validate(const seq2seq_ctc *ctc, const int64_t *shape,
                                    const int64_t *logit_lengths, const seq2seq_labels *labels);

/* losses[b] is minus the logarithm of the probability of sample b's labels: +inf without a path,
 * NaN where a valid frame has no softmax. logit_lengths are the valid frames of each sample, NULL
 * for all; what lies beyond is not read. O(frames * (vocabulary + labels)) a sample. */
seq2seq_status seq2seq_ctc_losses(const seq2seq_ctc *ctc, const seq2seq_tensor *logits,
                                  const int64_t *logit_lengths, const seq2seq_labels *labels,
                                  double *losses);

/* The losses, and into gradient (of the logits' shape and element type, any strides that keep
 * elements apart, no memory of the logits') weights[b] times the derivative of losses[b] by the logits; weights NULL for 1.
 * 0 past a sample's length and without a path. */
seq2seq_status seq2seq_ctc_losses_and_gradient(const seq2seq_ctc *ctc, const seq2seq_tensor *logits,
                                               const int64_t *logit_lengths,
                                               const seq2seq_labels *labels, const double *weights,
                                               double *losses, const seq2seq_tensor *gradient);

/* Each sample's Hessian times its part of vector, into product; both as the gradient. Costs two to
 * three gradients. */
seq2seq_status seq2seq_ctc_hessian_vector_product(const seq2seq_ctc *ctc,
                                                  const seq2seq_tensor *logits,
                                                  const int64_t *logit_lengths,
                                                  const seq2seq_labels *labels,
                                                  const seq2seq_tensor *vector,
                                                  const seq2seq_tensor *product);

/* Each sample's Hessian into hessian, dense [batch, time, vocabulary, time, vocabulary] of the
 * logits' element type; element_count is checked. */
seq2seq_status seq2seq_ctc_hessian(const seq2seq_ctc *ctc, const seq2seq_tensor *logits,
                                   const int64_t *logit_lengths, const seq2seq_labels *labels,
                                   void *hessian, int64_t element_count);

/* The posterior probability that each frame emits each token, into occupancies, as the gradient. */
seq2seq_status seq2seq_ctc_occupancies(const seq2seq_ctc *ctc, const seq2seq_tensor *logits,
                                       const int64_t *logit_lengths, const seq2seq_labels *labels,
                                       const seq2seq_tensor *occupancies);

/* entropies[b] is the entropy of the posterior of sample b's alignments, in nats; NaN without. */
seq2seq_status seq2seq_ctc_entropies(const seq2seq_ctc *ctc, const seq2seq_tensor *logits,
                                     const int64_t *logit_lengths, const seq2seq_labels *labels,
                                     double *entropies);

/* The most probable alignment of each sample: its token in each frame, the index of the label that
 * the frame emits (-1 at a blank), both [batch, time] and -1 where there is no frame or no path, and
 * its log-probability [batch]. */
seq2seq_status seq2seq_ctc_best_alignments(const seq2seq_ctc *ctc, const seq2seq_tensor *logits,
                                           const int64_t *logit_lengths,
                                           const seq2seq_labels *labels, int64_t *tokens,
                                           int64_t *label_indices, double *log_probabilities);

/* count (0 to 2^20) independent draws from the posterior of each sample's alignments: as the best alignments,
 * [batch, count, time] twice and [batch, count]. The same seed gives the same draws. */
seq2seq_status seq2seq_ctc_sampled_alignments(const seq2seq_ctc *ctc, const seq2seq_tensor *logits,
                                              const int64_t *logit_lengths,
                                              const seq2seq_labels *labels, int64_t count,
                                              uint64_t seed, int64_t *tokens,
                                              int64_t *label_indices, double *log_probabilities);

/* The lattice's variables, in logarithms, for study: alpha and beta [batch, time + 1, states], gamma
 * [batch, time + 1, states, time + 1, states] and the occupancies [batch, time, vocabulary], each
 * NULL if not wanted; -inf where a sample has fewer frames or states. alpha (t, s) sums the paths from the start that are in s after t
 * frames, beta those from there to the end, gamma those from one place to the other.
 *
 * Classic: state 2u is the blank after u labels, state 2u - 1 label u. Simplified: state u is "u
 * labels so far". states must be at least the largest sample's 2U + 1, or U + 1. */
seq2seq_status seq2seq_ctc_lattice_variables(const seq2seq_ctc *ctc, const seq2seq_tensor *logits,
                                             const int64_t *logit_lengths,
                                             const seq2seq_labels *labels, int64_t states,
                                             double *alpha, double *beta, double *gamma,
                                             double *log_occupancies);

/* Minimum risk training on hypotheses. Sample b has counts[b] of the sequences of hypotheses, those of sample
 * 0 first, with a finite risk each; a sequence that a sample has twice counts once. references, one a sample, may
 * be NULL where reference_weight is 0. The value of a sample is the mean of its risks under the model's
 * distribution over its hypotheses, log-probabilities multiplied by score_scale; less the plain mean of the risks
 * where subtracts_mean is not 0; plus reference_weight times the loss of its reference. */
typedef struct {
  const seq2seq_labels *hypotheses;
  const int64_t *counts; /* [batch] */
  const double *risks;   /* one for each sequence of hypotheses */
  const seq2seq_labels *references;
  double score_scale;
  double reference_weight;
  int subtracts_mean;
} seq2seq_expected_risk;

/* The values [batch], and into gradient, unless that is NULL, weights[b] times the derivative of values[b] by the
 * logits; weights NULL for 1. +inf where no hypothesis has a path (and its part of the gradient 0), NaN where a
 * valid frame has no softmax. With n hypotheses a sample costs O(frames * (vocabulary + n * labels)). */
seq2seq_status seq2seq_ctc_expected_risks_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_tensor *logits, const int64_t *logit_lengths,
    const seq2seq_expected_risk *risk, const double *weights, double *values,
    const seq2seq_tensor *gradient);

/* Each sample's Hessian of the value times its part of vector, into product; both as the gradient. */
seq2seq_status seq2seq_ctc_expected_risk_hessian_vector_product(
    const seq2seq_ctc *ctc, const seq2seq_tensor *logits, const int64_t *logit_lengths,
    const seq2seq_expected_risk *risk, const seq2seq_tensor *vector,
    const seq2seq_tensor *product);

/* Estimates [batch] of the expected edit distance to the references, over all label sequences, from count (2 to 2^20)
 * draws of the model, and into gradient weights[b] times an unbiased estimate of its derivative. The same seed gives
 * the same draws. */
seq2seq_status seq2seq_ctc_sampled_edit_risks_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_tensor *logits, const int64_t *logit_lengths,
    const seq2seq_labels *references, int64_t count, uint64_t seed, const double *weights,
    double *values, const seq2seq_tensor *gradient);

/* Variants of the loss. parameter is: */
typedef enum {
  SEQ2SEQ_PATH_ENTROPY = 0,        /* unused: the entropy of the paths' posterior alone */
  SEQ2SEQ_ENTROPY_REGULARIZED = 1, /* w of loss - w * entropy */
  SEQ2SEQ_PATH_RISK = 2,           /* unused: the mean over the paths' posterior of the sum of costs */
  SEQ2SEQ_PRIOR_CORRECTED = 3,     /* s of log p(k) - s * log_priors[k] */
  SEQ2SEQ_FOCAL = 4,               /* g of (1 - p)^g * loss */
  SEQ2SEQ_SMOOTHED = 5             /* e of (1 - e) * loss + e * sum over frames of KL(uniform || p) */
} seq2seq_variant;

/* The values [batch], and into gradient weights[b] times their derivative by the logits, both as of
 * seq2seq_ctc_losses_and_gradient. log_priors [vocabulary] for SEQ2SEQ_PRIOR_CORRECTED, costs, as the logits, for
 * SEQ2SEQ_PATH_RISK; else NULL. */
seq2seq_status seq2seq_ctc_variant_values_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_tensor *logits, const int64_t *logit_lengths,
    const seq2seq_labels *labels, seq2seq_variant variant, double parameter,
    const double *log_priors, const seq2seq_tensor *costs, const double *weights, double *values,
    const seq2seq_tensor *gradient);

/* Texts in UTF-8: text i is bytes[ends[i - 1] ... ends[i]], from 0 for the first. */
typedef struct {
  const char *bytes;
  const int64_t *ends;
  int64_t count;
} seq2seq_strings;

/* What a function found, of a size that the caller could not know: numbers of three kinds, in the
 * order that the function describes. The memory is the result's, until it is destroyed. */
typedef struct {
  int64_t *integers;
  double *numbers;
  char *text;
  int64_t integer_count;
  int64_t number_count;
  int64_t text_length;
} seq2seq_result;

/* Frees a result's memory and sets all to 0. */
void seq2seq_result_destroy(seq2seq_result *result);

/* An n-gram language model. */
typedef struct seq2seq_ngram_model seq2seq_ngram_model;

/* Reads a model: an ARPA file, also gzipped, or one of KenLM's binaries (probing, trie). A binary is
 * mapped: a process that shortens it or writes to it while the model lives ends this one (SIGBUS). */
seq2seq_status seq2seq_ngram_model_open(const char *path, seq2seq_ngram_model **result);
/* The same, but a binary is read into memory first, and the file may change afterwards. */
seq2seq_status seq2seq_ngram_model_read(const char *path, seq2seq_ngram_model **result);
void seq2seq_ngram_model_destroy(seq2seq_ngram_model *model);
/* order and words: the number of words in the longest n-grams, and of all words. */
seq2seq_status seq2seq_ngram_model_size(
    const seq2seq_ngram_model *model, int64_t *order, int64_t *words);
/* The natural logarithm of each word's probability after those before it, and with ends of that of
 * the end of the sentence, into scores; with begins the words follow <s>. is_known says of each
 * word whether the model has it. */
seq2seq_status seq2seq_ngram_model_scores(
    const seq2seq_ngram_model *model, const seq2seq_strings *words, int begins, int ends,
    double *scores, int8_t *is_known);

/* A language model's part in decoding; its numbers are at most 1e9 in magnitude. */
typedef struct {
  const seq2seq_ngram_model *model; /* NULL for none */
  int scores_tokens;                /* 0: words, 1: single tokens */
  double weight;
  double insertion_bonus;
  double unknown_penalty;
  int looks_ahead;
} seq2seq_language_model;

/* How the texts of tokens say where words begin and end. */
typedef enum {
  SEQ2SEQ_SENTENCE_PIECE = 0, /* U+2581 begins a word, <0xE7> is a byte; also for tokens without marks */
  SEQ2SEQ_WORD_PIECE = 1,     /* a piece begins a word unless it begins with ## */
  SEQ2SEQ_CONTINUATION = 2,   /* a piece ends a word unless it ends with @@ */
  SEQ2SEQ_END_OF_WORD = 3,    /* </w> ends a word */
  SEQ2SEQ_UNDERSCORE = 4,     /* _ at a piece's end ends a word */
  SEQ2SEQ_BYTE_LEVEL = 5      /* each character is a byte, as GPT-2 has it */
} seq2seq_piece_marks;

/* How a file lists tokens: told by its form; a token a line; a token, white space and its index; a piece,
 * a tab and its score; a character a line without the blank and the space, as PaddleOCR has it. */
typedef enum {
  SEQ2SEQ_TOKEN_FILE_AUTOMATIC = 0,
  SEQ2SEQ_TOKEN_FILE_LIST = 1,
  SEQ2SEQ_TOKEN_FILE_INDEXED = 2,
  SEQ2SEQ_TOKEN_FILE_SCORED = 3,
  SEQ2SEQ_TOKEN_FILE_PADDLE = 4
} seq2seq_token_file_format;

/* The tokens of a file's content, UTF-8. outputs is the number of the model's outputs, 0 if it is not
 * known: it tells a list without the blank from one with it. blank is the blank's index, -1 if it is not known:
 * where there is one token fewer than outputs, the blank is put there. Integers: the blank's index, or -1 where no
 * token has a name that toolkits give the blank; the bytes of the text of the token between words; and the
 * bytes of each token. Text: the token between words, then the tokens. */
seq2seq_status seq2seq_token_file_read(
    const char *content, seq2seq_token_file_format format, int64_t outputs, int64_t blank,
    seq2seq_result *result);
/* The same of tokens in the order of their indices, as a vocab.json has them. */
seq2seq_status seq2seq_token_file_of_texts(
    const seq2seq_strings *texts, int64_t outputs, int64_t blank, seq2seq_result *result);

/* What a decoder is made of. Where labels are NULL tokens are numbers alone, and vocabulary says
 * how many there are. Words of the lexicon are spelled by their characters, or where spellings are
 * given by those tokens. */
typedef struct {
  const seq2seq_strings *labels;
  int64_t vocabulary;
  int64_t blank;
  const char *word_separator; /* NULL for a space; empty where no token separates words */
  seq2seq_topology topology;
  int64_t beam_width; /* 1 to 2^20 */
  double beam_threshold;
  double token_prune_threshold;
  int64_t hypothesis_count; /* 1 or more, and never more than there are prefixes */
  int finds_spans;
  int confidence; /* 0: largest probability, 1: geometric mean, 2: entropy */
  const seq2seq_language_model *language_model; /* NULL for none */
  const seq2seq_strings *lexicon;               /* NULL for none */
  const seq2seq_labels *spellings;              /* NULL for characters */
  const seq2seq_strings *phrases;               /* NULL for none */
  const double *phrase_boosts;                  /* one for each phrase, at most 1e9 in magnitude */
  seq2seq_piece_marks pieces;                   /* how labels say where words begin and end */
  int folds; /* other than 0: phrases are spelled as of seq2seq_spell_text where the tokens cannot spell a word */
} seq2seq_decoder_options;

/* The words of the lexicon and the phrases that no tokens spell, which are errors of a decoder; words with
 * spellings among them where these are empty, or have separators only or within. Integers: the number of words
 * and their indices, then the number of phrases and their indices. */
seq2seq_status seq2seq_decoder_unspellable(
    const seq2seq_decoder_options *options, seq2seq_result *result);

/* The tokens that spell a text, of the options the labels and what is said of them: within each word the
 * fewest. With folds other than 0 case, typographic punctuation and Unicode form make no difference where
 * the tokens cannot spell a word, and punctuation that no token has is left out. Integers: the tokens. */
seq2seq_status seq2seq_spell_text(
    const seq2seq_decoder_options *options, const char *text, int folds, seq2seq_result *result);

/* A beam search decoder with all it needs; immutable. */
typedef struct seq2seq_decoder seq2seq_decoder;

seq2seq_status seq2seq_decoder_create(
    const seq2seq_decoder_options *options, seq2seq_decoder **result);
void seq2seq_decoder_destroy(seq2seq_decoder *decoder);

/* The best hypotheses of log-probabilities [batch, time, vocabulary], of logit_lengths frames each
 * (NULL for all). threads = 0 for one a processor.
 *
 * Integers: for each sample the number of hypotheses; for each of these the numbers of tokens t, spans
 * (t or 0), words w, bytes of text, and 1 if it is complete; then t tokens, the first and the end
 * frame of each span, and for each word its bytes, its first and end token, its first and end
 * frame. Numbers: for each hypothesis the acoustic, language and bias score, then log-probability
 * and confidence of each span and each word. Text: for each hypothesis its text and its words. */
seq2seq_status seq2seq_decoder_decode(
    const seq2seq_decoder *decoder, const seq2seq_tensor *logits, const int64_t *logit_lengths,
    int64_t threads, seq2seq_result *result);
/* The collapsed best path of each sample: a result as of seq2seq_decoder_decode with one hypothesis
 * a sample. */
seq2seq_status seq2seq_decoder_decode_greedy(
    const seq2seq_decoder *decoder, const seq2seq_tensor *logits, const int64_t *logit_lengths,
    int64_t threads, seq2seq_result *result);

/* An incremental decoding session: feed frames as they arrive. Calls from several threads wait for each other.
 * The decoder may be destroyed before it. */
typedef struct seq2seq_stream seq2seq_stream;

seq2seq_status seq2seq_stream_create(const seq2seq_decoder *decoder, seq2seq_stream **result);
void seq2seq_stream_destroy(seq2seq_stream *stream);
/* Takes in more frames, [1, time, vocabulary]. */
seq2seq_status seq2seq_stream_feed(seq2seq_stream *stream, const seq2seq_tensor *logits);
/* The best hypotheses so far, without a character whose last bytes are still to come, and as of the end: results
 * as of seq2seq_decoder_decode. */
seq2seq_status seq2seq_stream_hypotheses(
    const seq2seq_stream *stream, int64_t count, seq2seq_result *result);
seq2seq_status seq2seq_stream_finish(const seq2seq_stream *stream, seq2seq_result *result);
/* The tokens that no further frame can change, as integers. */
seq2seq_status seq2seq_stream_stable_tokens(
    const seq2seq_stream *stream, seq2seq_result *result);

/* The best paths of log-probabilities with their targets, where a target of -1 stands for any token
 * but the blank: for each frame the token, -1 for a wildcard and -2 past a sample's frames, and its
 * log-probability, 0 there; [batch, time]. A sample without a path is an error. */
seq2seq_status seq2seq_forced_align(
    const seq2seq_tensor *logits, const int64_t *logit_lengths, const seq2seq_labels *targets,
    int64_t blank, seq2seq_topology topology, int64_t threads, int64_t *paths, double *scores);

/* How a transducer's paths move: with any number of labels a frame; one symbol a frame; the first with
 * blanks of several frames; tokens with durations, whose logits are the last columns of a row. */
typedef enum {
  SEQ2SEQ_TRANSDUCER_STANDARD = 0,
  SEQ2SEQ_TRANSDUCER_MONOTONIC = 1,
  SEQ2SEQ_TRANSDUCER_MULTI_BLANK = 2,
  SEQ2SEQ_TRANSDUCER_TOKEN_AND_DURATION = 3
} seq2seq_transducer_topology;

/* How a joiner's row becomes probabilities: by a softmax; by a sigmoid for the blank and a softmax for the
 * others (HAT); or not at all, where rows are log-probabilities. */
typedef enum {
  SEQ2SEQ_TRANSDUCER_SOFTMAX = 0,
  SEQ2SEQ_TRANSDUCER_FACTORED = 1,
  SEQ2SEQ_TRANSDUCER_NORMALIZED = 2
} seq2seq_transducer_normalization;

/* Options of a transducer loss. All zero but for positions, they are those of the plain RNN-T loss. */
typedef struct {
  int64_t blank;
  /* The positions that rows are padded to, labels and one; 0 where samples come one after the other
   * without padding, [1, sum of frames * (labels + 1), vocabulary]; with first_positions their number. */
  int64_t positions;
  seq2seq_transducer_topology topology;
  seq2seq_transducer_normalization normalization;
  /* The frames of each duration, or of each big blank, whose tokens are big_blanks; step_count of them. */
  const int64_t *steps;
  const int64_t *big_blanks;
  int64_t step_count;
  /* sigma: subtracted from the log-probability of each move; omega: the weight of the standard topology's loss. */
  double under_normalization;
  double standard_share;
  /* 0 for none; 1: frames may be skipped at both ends, but not the last blank; 2: the last blank may be skipped
   * as well. wildcard_log_weight (nats) is added for each end where frames are skipped. */
  int64_t wildcard;
  double wildcard_log_weight;
  /* NULL, or [batch, time]: the first position that each frame's rows are of. */
  const int64_t *first_positions;
  /* NULL, or [labels of all samples, 2]: the first frame at which each label may come, and the one after
   * the last. */
  const int64_t *windows;
  /* FastEmit's lambda; the largest magnitude of the gradient's values where that is above 0; threads as of
   * seq2seq_ctc_create. */
  double fast_emit;
  double gradient_limit;
  int64_t threads;
} seq2seq_transducer_options;

/* losses[b] is minus the logarithm of the probability of sample b's labels. logits are the joiner's,
 * dense: [batch, time * positions, vocabulary]; logit_lengths the frames of each sample, NULL for all.
 * Into gradient, of the same shape, type and density, goes the derivative by the logits; it may be the
 * logits themselves; NULL for the losses alone. */
seq2seq_status seq2seq_transducer_losses_and_gradient(
    const seq2seq_transducer_options *options, const seq2seq_tensor *logits,
    const int64_t *logit_lengths, const seq2seq_labels *labels, double *losses,
    const seq2seq_tensor *gradient);

/* Each sample's Hessian by the logits times its part of vector, into product; both as the gradient.
 * Of the loss itself: fast_emit and gradient_limit have no part in it. */
seq2seq_status seq2seq_transducer_hessian_vector_product(
    const seq2seq_transducer_options *options, const seq2seq_tensor *logits,
    const int64_t *logit_lengths, const seq2seq_labels *labels, const seq2seq_tensor *vector,
    const seq2seq_tensor *product);

/* The most probable path of each sample, or with count above 0, at most 2^20, that many draws from its paths' posterior:
 * log_probabilities [batch, count or 1]; for each the labels' first frames, frames and log-probabilities,
 * [labels of all samples] after each other sample by sample, and draw by draw within a sample. -1, 0 and
 * NaN where there is no path. */
seq2seq_status seq2seq_transducer_alignments(
    const seq2seq_transducer_options *options, const seq2seq_tensor *logits,
    const int64_t *logit_lengths, const seq2seq_labels *labels, int64_t count, uint64_t seed,
    double *log_probabilities, int64_t *first_frames, int64_t *frames, double *label_log_probabilities);

/* How probable it is that a path leaves each node by a blank and by its label, [batch, time, positions, 2],
 * 0 past a sample's frames and labels; padded rows without first_positions only. */
seq2seq_status seq2seq_transducer_occupancies(
    const seq2seq_transducer_options *options, const seq2seq_tensor *logits,
    const int64_t *logit_lengths, const seq2seq_labels *labels, double *occupancies);

/* The entropies of the paths' posteriors in nats, [batch]. */
seq2seq_status seq2seq_transducer_entropies(
    const seq2seq_transducer_options *options, const seq2seq_tensor *logits,
    const int64_t *logit_lengths, const seq2seq_labels *labels, double *entropies);

/* Minimum risk training of a transducer: each sequence of the risk's hypotheses is a sample of the logits, of
 * utterances whose counts are the risk's. The values [utterances], and into gradient, unless that is NULL,
 * weights[u] times the derivative of values[u]; weights NULL for 1. A sequence may be once in a list, and a
 * reference is one of its utterance's hypotheses. */
seq2seq_status seq2seq_transducer_expected_risks_and_gradient(
    const seq2seq_transducer_options *options, const seq2seq_tensor *logits,
    const int64_t *logit_lengths, const seq2seq_expected_risk *risk, int64_t utterances,
    const double *weights, double *values, const seq2seq_tensor *gradient);

/* A frame of the encoder's output by its numbers: of its utterance in the batch, and within that, or
 * since a stream began. */
typedef struct {
  int64_t utterance;
  int64_t frame;
} seq2seq_frame;

/* A transducer's predictor and joiner, as functions of the caller's, which are called one after the
 * other, from the thread that decodes. Each returns 0; another value ends the decoding with
 * SEQ2SEQ_MODEL_FAILED. States of the predictor are numbers of the caller's choice. */
typedef struct {
  void *context; /* handed to the functions as it is */
  /* Gives the state before any label. */
  int32_t (*start)(void *context, int64_t *state);
  /* Gives the states after one more label each; none is a blank. */
  int32_t (*advance)(void *context, int64_t count, const int64_t *states, const int64_t *labels,
                     int64_t *next_states);
  /* Gives the joiner's logits [count, width] at frames and states: width is the vocabulary's size and
   * the number of durations, whose logits come after the tokens'. */
  int32_t (*join)(void *context, int64_t count, const seq2seq_frame *frames, const int64_t *states,
                  int64_t width, double *logits);
  /* Takes a state back: called once for each that start and advance gave, when it is needed no more, also
   * while a stream is destroyed. NULL where there is nothing to do. */
  void (*release)(void *context, int64_t state);
} seq2seq_transducer_model;

/* What a transducer decoder is made of; topology, steps and big_blanks as of a transducer loss. Of search
 * the topology, the spans and the confidence have no part: spans are always found. */
typedef struct {
  seq2seq_decoder_options search;
  int64_t maximum_labels_per_frame; /* 1 to 2^20 */
  seq2seq_transducer_topology topology;
  const int64_t *steps;
  const int64_t *big_blanks;
  int64_t step_count;
} seq2seq_transducer_decoder_options;

/* A transducer decoder with all it needs but the model; immutable. */
typedef struct seq2seq_transducer_decoder seq2seq_transducer_decoder;

seq2seq_status seq2seq_transducer_decoder_create(
    const seq2seq_transducer_decoder_options *options, seq2seq_transducer_decoder **result);
void seq2seq_transducer_decoder_destroy(seq2seq_transducer_decoder *decoder);

/* The best hypotheses of utterances of frame_counts[batch] frames, 2^24 in all, by beam search, and by the most
 * probable moves: results as of seq2seq_decoder_decode. The beam search decodes one utterance after
 * the other, the greedy one all together; it knows no language model, lexicon or phrases. */
seq2seq_status seq2seq_transducer_decoder_decode(
    const seq2seq_transducer_decoder *decoder, const seq2seq_transducer_model *model,
    const int64_t *frame_counts, int64_t batch, seq2seq_result *result);
seq2seq_status seq2seq_transducer_decoder_decode_greedy(
    const seq2seq_transducer_decoder *decoder, const seq2seq_transducer_model *model,
    const int64_t *frame_counts, int64_t batch, seq2seq_result *result);

/* An incremental transducer decoding session: feed frames as they arrive. It may outlive the decoder, but not what the model's
 * context points to.
 *
 * Calls from several threads wait for each other, but not for a function of the model: while one runs, any
 * other use of the stream, from that function or another thread, is SEQ2SEQ_INVALID_ARGUMENT ("stream: in
 * use"), and the stream goes on as it was. Functions of the model may use all else, and destroy the stream. */
typedef struct seq2seq_transducer_stream seq2seq_transducer_stream;

seq2seq_status seq2seq_transducer_stream_create(
    const seq2seq_transducer_decoder *decoder, const seq2seq_transducer_model *model, int is_greedy,
    seq2seq_transducer_stream **result);
void seq2seq_transducer_stream_destroy(seq2seq_transducer_stream *stream);
/* Takes in as many more frames, 0 to 2^24. If it fails, those before the one at fault were taken in: how many all
 * in all says seq2seq_transducer_stream_frames, and with that frame the stream goes on. */
seq2seq_status seq2seq_transducer_stream_feed(
    seq2seq_transducer_stream *stream, int64_t frame_count);
seq2seq_status seq2seq_transducer_stream_frames(
    const seq2seq_transducer_stream *stream, int64_t *frames);
/* The best hypotheses so far, and as of the end; the tokens that no further frame can change: as of a
 * seq2seq_stream, for greedy streams as well. */
seq2seq_status seq2seq_transducer_stream_hypotheses(
    const seq2seq_transducer_stream *stream, int64_t count, seq2seq_result *result);
seq2seq_status seq2seq_transducer_stream_finish(
    const seq2seq_transducer_stream *stream, seq2seq_result *result);
seq2seq_status seq2seq_transducer_stream_stable_tokens(
    const seq2seq_transducer_stream *stream, seq2seq_result *result);

/* A transducer loss whose joiner only adds. predictor_share and encoder_share (k2's lm_only_scale and
 * am_only_scale, 0 for the simple loss) are how much of a log-probability comes from the predictor by
 * itself, and from the encoder with the average predictor, over all samples that have a finite loss; the
 * rest as of seq2seq_transducer_options. */
typedef struct {
  int64_t blank;
  /* Standard or monotonic. */
  seq2seq_transducer_topology topology;
  double predictor_share;
  double encoder_share;
  double fast_emit;
  int64_t threads;
} seq2seq_additive_transducer_options;

/* losses[b] is minus the logarithm of the probability of sample b's labels, where the logits of frame
 * t after u labels are encoder[b, t] + predictor[b, u]: [batch, time, vocabulary] and [batch,
 * positions, vocabulary], which never become [batch, time, positions, vocabulary]. encoder_lengths
 * are the frames of each sample, NULL for all.
 *
 * Into the gradients, of the shapes, types and strides of the two, go the derivatives; NULL both for
 * the losses alone; where encoder_share is above 0, of the sum of the losses. They may not lie where
 * the two do. Into the occupancies, [batch, time, positions], goes what share of the paths leaves
 * each place by its blank and by its label, 0 past a sample's; NULL both if not wanted. */
seq2seq_status seq2seq_additive_transducer_losses_and_gradients(
    const seq2seq_additive_transducer_options *options, const seq2seq_tensor *encoder,
    const seq2seq_tensor *predictor, const int64_t *encoder_lengths, const seq2seq_labels *labels,
    double *losses, const seq2seq_tensor *encoder_gradient,
    const seq2seq_tensor *predictor_gradient, double *blank_occupancies,
    double *label_occupancies);

/* The first of the positions of each frame that a pruned transducer keeps, [batch, time], as k2 finds
 * them from occupancies [batch, time, positions]; lengths and label_lengths are [batch]. range is
 * asked for, *kept is what each frame then has: more where no path would be left, fewer where there
 * are no more. The topology is the standard or the monotonic one. */
seq2seq_status seq2seq_transducer_pruning_bounds(
    int64_t batch, int64_t time, int64_t positions, const double *blank_occupancies,
    const double *label_occupancies, const int64_t *lengths, const int64_t *label_lengths,
    int64_t range, seq2seq_transducer_topology topology, int64_t *first_positions, int64_t *kept);

/* Matches, substitutions, deletions and insertions that make each hypothesis of its reference,
 * [pairs, 4]; sequences of any integers. */
seq2seq_status seq2seq_error_counts(
    const seq2seq_labels *references, const seq2seq_labels *hypotheses, int64_t *counts);
/* The edit distances alone, [pairs]. */
seq2seq_status seq2seq_edit_distances(
    const seq2seq_labels *references, const seq2seq_labels *hypotheses, int64_t *distances);

#ifdef __cplusplus
}
#endif

#endif
