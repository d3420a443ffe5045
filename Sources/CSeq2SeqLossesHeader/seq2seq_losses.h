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

#ifdef __cplusplus
}
#endif

#endif
