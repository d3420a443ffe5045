/* swift-seq2seq-losses from C, and from all that calls C.
 *
 * Losses are natural logarithms, posteriors and gradients exact. Arrays are described by their
 * shape and strides and are read and written where they lie. A call that returns another status
 * than SEQ2SEQ_OK has written nothing; seq2seq_last_error() says what was wrong. Nothing traps on
 * bad numbers; what can not be checked are pointers: each must lead to as many values as are
 * described here.
 *
 * All functions may be called from any number of threads at once, also with one handle.
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
  SEQ2SEQ_INVALID_ARGUMENT = 1
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
  SEQ2SEQ_SIMPLIFIED = 1
} seq2seq_topology;

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

/* A loss: its options, and memory that calls use again. */
typedef struct seq2seq_ctc seq2seq_ctc;

/* The version of the library: "0.1.0". */
const char *seq2seq_version(void);

/* The build of the kernels that this processor runs: "avx512", "avx2" or "baseline". */
const char *seq2seq_kernel(void);

/* What was wrong in the calling thread's last call that did not return SEQ2SEQ_OK, such as
 * "labels, sample 3, position 1: 7 is outside 0..<5"; valid until the thread's next such call. */
const char *seq2seq_last_error(void);

/* Makes a loss in *result. blank is the index of the blank token; threads is the largest number of
 * threads of a call, 0 for one a processor. Results do not depend on it. */
seq2seq_status seq2seq_ctc_create(int64_t blank, seq2seq_topology topology, seq2seq_inputs inputs,
                                  int64_t threads, seq2seq_ctc **result);

/* Ends a loss; NULL is allowed. No call may be using it. */
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

/* count independent draws from the posterior of each sample's alignments: as the best alignments,
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

/* Reads a model: an ARPA file, also gzipped, or one of KenLM's binaries (probing, trie). */
seq2seq_status seq2seq_ngram_model_open(const char *path, seq2seq_ngram_model **result);
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

/* A language model's part in decoding. */
typedef struct {
  const seq2seq_ngram_model *model; /* NULL for none */
  int scores_tokens;                /* 0: words, 1: single tokens */
  double weight;
  double insertion_bonus;
  double unknown_penalty;
  int looks_ahead;
} seq2seq_language_model;

/* What a decoder is made of. Where labels are NULL tokens are numbers alone, and vocabulary says
 * how many there are. Words of the lexicon are spelled by their characters, or where spellings are
 * given by those tokens. */
typedef struct {
  const seq2seq_strings *labels;
  int64_t vocabulary;
  int64_t blank;
  const char *word_separator;
  seq2seq_topology topology;
  int64_t beam_width;
  double beam_threshold;
  double token_prune_threshold;
  int64_t hypothesis_count;
  int finds_spans;
  int confidence; /* 0: largest probability, 1: geometric mean, 2: entropy */
  const seq2seq_language_model *language_model; /* NULL for none */
  const seq2seq_strings *lexicon;               /* NULL for none */
  const seq2seq_labels *spellings;              /* NULL for characters */
  const seq2seq_strings *phrases;               /* NULL for none */
  const double *phrase_boosts;                  /* a boost for each phrase */
} seq2seq_decoder_options;

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

/* A decoding that frames come to in pieces; for one thread at a time. The decoder may be destroyed
 * before it. */
typedef struct seq2seq_stream seq2seq_stream;

seq2seq_status seq2seq_stream_create(const seq2seq_decoder *decoder, seq2seq_stream **result);
void seq2seq_stream_destroy(seq2seq_stream *stream);
/* Takes in more frames, [1, time, vocabulary]. */
seq2seq_status seq2seq_stream_feed(seq2seq_stream *stream, const seq2seq_tensor *logits);
/* The best hypotheses so far, and as of the end: results as of seq2seq_decoder_decode. */
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

/* A transducer loss. positions is the padded number of labels and one; where one_symbol_a_frame is
 * not 0 a label takes a frame too; fast_emit is FastEmit's lambda; the gradient's values are cut off
 * at +-gradient_limit where that is above 0; threads as of seq2seq_ctc_create. */
typedef struct {
  int64_t blank;
  int64_t positions;
  int64_t one_symbol_a_frame;
  double fast_emit;
  double gradient_limit;
  int64_t threads;
} seq2seq_transducer_options;

/* losses[b] is minus the logarithm of the probability of sample b's labels. logits are the joiner's,
 * dense: [batch, time * positions, vocabulary]; logit_lengths the frames of each sample, NULL for all.
 * Into gradient, of the same shape, type and density, goes the derivative by the logits; NULL for the
 * losses alone. */
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

/* A transducer loss whose joiner only adds. predictor_share and encoder_share (k2's lm_only_scale and
 * am_only_scale, 0 for the simple loss) are how much of a log-probability comes from the predictor by
 * itself, and from the encoder with the average predictor; the rest as of
 * seq2seq_transducer_options. */
typedef struct {
  int64_t blank;
  int64_t one_symbol_a_frame;
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
 * are no more. */
seq2seq_status seq2seq_transducer_pruning_bounds(
    int64_t batch, int64_t time, int64_t positions, const double *blank_occupancies,
    const double *label_occupancies, const int64_t *lengths, const int64_t *label_lengths,
    int64_t range, int64_t one_symbol_a_frame, int64_t *first_positions, int64_t *kept);

/* As seq2seq_transducer_losses_and_gradient, of logits [batch, time * options->positions, vocabulary]
 * that have some positions of each frame: those from first_positions [batch, time] on. */
seq2seq_status seq2seq_pruned_transducer_losses_and_gradient(
    const seq2seq_transducer_options *options, const seq2seq_tensor *logits,
    const int64_t *first_positions, const int64_t *logit_lengths, const seq2seq_labels *labels,
    double *losses, const seq2seq_tensor *gradient);

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
