/* swift-seq2seq-losses for C, and for every language that calls C.
 *
 * Values. Losses, scores and entropies are in nats (natural logarithms). Gradients and posterior
 * probabilities are exact, not sampled, unless a function says that it samples. Arrays are described by
 * shape and strides, and are read and written where they are.
 *
 * Form. Every loss is used in the same way:
 *   1. Fill an options structure and make a handle from it: seq2seq_ctc_create,
 *      seq2seq_transducer_create, seq2seq_additive_transducer_create.
 *   2. Describe the samples in a batch structure, and call the loss's functions with the handle and the
 *      batch. A function takes the handle, the batch, its own parameters, the weights, and then the
 *      arrays for its results.
 *   3. Destroy the handle.
 * Options that are all 0 are those of the plain loss. Arguments of type `int` that are not enumerations
 * are flags: 0 means no, and any other value means yes.
 *
 * Errors. A function that returns anything but SEQ2SEQ_OK has written nothing, unless its comment says
 * otherwise, and seq2seq_last_error() returns a text that says what was wrong. The text begins with the
 * name of an argument, or of a field of a structure, as this header spells it: "losses: NULL",
 * "beam_width: 0 is outside 1...1048576". The lengths of labels are named after the labels:
 * "labels.lengths". The sample and the position in the sample follow where they are known:
 * "labels, sample 3, position 1: 7 is outside 0..<5". No number ends the process. Pointers cannot be
 * checked: each must be NULL where that is allowed, or point to as many values as are described here.
 *
 * Sizes. No number makes a call allocate without bound or run forever. A batch has at most 2^20 samples; a
 * tensor at most 2^31 - 1 frames, 2^24 tokens, and a range of 2^40 elements; an array or a list at most
 * 2^31 - 1 entries. At most 2^20 alignments are drawn for each sample, with at most 2^28 frames and labels
 * in total. Larger numbers, and products that overflow, are SEQ2SEQ_INVALID_ARGUMENT.
 *
 * Threads. All functions may be called from any number of threads at the same time, also with the same
 * handle. A handle is a number, not an address, and is never used twice: a handle that was destroyed, or
 * that is of another kind, is SEQ2SEQ_INVALID_ARGUMENT. A handle that is destroyed during a call lives until
 * the call returns. Calls with the same stream wait for each other; seq2seq_transducer_stream describes what
 * the caller's functions may do. `threads` in options and arguments is the maximum number of threads of a
 * call; 0 means one for each processor. Results do not depend on it.
 *
 * After fork, a child of a process that has computed on several threads computes on the calling thread
 * only, because the other threads do not exist in the child.
 */
#ifndef SEQ2SEQ_LOSSES_H
#define SEQ2SEQ_LOSSES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status, version ---- */

typedef enum {
  SEQ2SEQ_OK = 0,
  /* seq2seq_last_error() names the argument, the sample and the value. */
  SEQ2SEQ_INVALID_ARGUMENT = 1,
  /* One of the caller's functions returned a value other than 0. */
  SEQ2SEQ_MODEL_FAILED = 2
} seq2seq_status;

/* Describes the error of the calling thread's most recent call that failed; "" before the first. The text is
 * valid until the thread's next call that fails. */
const char *seq2seq_last_error(void);

/* The version of the library, such as "0.1.0". */
const char *seq2seq_version(void);

/* The build of the kernels that is in use: "avx512", "avx2" or "baseline", or "general" for the engine without
 * kernels. It is the fastest one for this processor, unless the environment variable SEQ2SEQ_KERNELS names
 * another. The variable is read once, at first use. If it names a build that cannot run here, creating a loss
 * and beam search fail with SEQ2SEQ_INVALID_ARGUMENT, and this function returns the fastest build. */
const char *seq2seq_kernel(void);

/* ---- Arrays ---- */

/* The type of a tensor's elements. */
typedef enum {
  SEQ2SEQ_FLOAT32 = 0,
  SEQ2SEQ_FLOAT64 = 1,
  SEQ2SEQ_FLOAT16 = 2, /* not on Intel Macs */
  SEQ2SEQ_BFLOAT16 = 3
} seq2seq_element;

/* An array [batch, time, vocabulary]. Element (b, t, k) is at
 * values + b * strides[0] + t * strides[1] + k * strides[2], counted in elements. Strides may be negative. The
 * batch's stride may be 0 for an input. Inputs are never written to. The elements of an output must not overlap
 * each other or an input, unless a function says that they may. */
typedef struct {
  void *values;
  seq2seq_element element;
  int64_t shape[3];
  int64_t strides[3];
} seq2seq_tensor;

/* One sequence of integers for each sample, in one of two layouts:
 *   - row_stride >= 0: the rows of a padded matrix. Sequence b is the first lengths[b] of the row_stride values
 *     from values[b * row_stride] on.
 *   - row_stride < 0: the sequences follow each other without gaps. Their lengths add up to value_count.
 * value_count is the number of values that may be read. */
typedef struct {
  const int64_t *values;
  int64_t value_count;
  const int64_t *lengths; /* [count] */
  int64_t count;
  int64_t row_stride;
} seq2seq_labels;

/* Texts in UTF-8. Text i is the bytes from ends[i - 1] (0 for the first text) up to, but not including, ends[i]. */
typedef struct {
  const char *bytes;
  const int64_t *ends; /* [count] */
  int64_t count;
} seq2seq_strings;

/* Results whose size the caller cannot know: three arrays, whose contents the function describes. The memory
 * belongs to the result until seq2seq_result_destroy. */
typedef struct {
  int64_t *integers;
  double *numbers;
  char *text;
  int64_t integer_count;
  int64_t number_count;
  int64_t text_length;
} seq2seq_result;

/* Frees the memory of a result and sets all its fields to 0. NULL is allowed. */
void seq2seq_result_destroy(seq2seq_result *result);

/* ---- CTC ---- */

/* How a path of one token for each frame becomes a sequence of labels. */
typedef enum {
  /* Repeated tokens are merged, then blanks are removed. */
  SEQ2SEQ_CLASSIC = 0,
  /* Blanks are removed; repeated tokens are not merged. */
  SEQ2SEQ_SIMPLIFIED = 1,
  /* Repeated tokens are merged, and there is no blank: each label takes at least one frame. */
  SEQ2SEQ_NO_BLANK = 2
} seq2seq_topology;

/* The name of a topology, such as "classic"; NULL if there is none of this number. Topologies are numbered from 0. */
const char *seq2seq_topology_name(seq2seq_topology topology);

/* The number of states in the lattice of a sequence of that many labels; -1 if there is no topology of this number, or
 * `labels` is outside 0...2^31 - 1. */
int64_t seq2seq_topology_states(seq2seq_topology topology, int64_t labels);

/* What the values of a tensor of logits are. */
typedef enum {
  /* Unnormalized scores: the softmax is part of the loss. */
  SEQ2SEQ_LOGITS = 0,
  /* Log-probabilities, which derivatives treat as independent variables. */
  SEQ2SEQ_LOG_PROBABILITIES = 1
} seq2seq_inputs;

typedef struct {
  int64_t blank; /* the index of the blank token */
  seq2seq_topology topology;
  seq2seq_inputs inputs;
  int64_t threads;
} seq2seq_ctc_options;

/* A CTC loss. It keeps the memory that its calls need for the next call: as much as the largest sample needs, for
 * each thread that works at the same time. Memory is given back after a thousand samples that use less than a
 * quarter of it. */
typedef struct seq2seq_ctc seq2seq_ctc;

/* Makes a loss and stores its handle in *result. */
seq2seq_status seq2seq_ctc_create(const seq2seq_ctc_options *options, seq2seq_ctc **result);

/* Destroys a loss. NULL is allowed, as for all handles. */
void seq2seq_ctc_destroy(seq2seq_ctc *ctc);

typedef struct {
  seq2seq_tensor logits;        /* [batch, time, vocabulary] */
  const int64_t *logit_lengths; /* [batch]: valid frames of each sample, the rest is not read; NULL for all */
  seq2seq_labels labels;        /* one sequence for each sample, of tokens other than the blank */
} seq2seq_ctc_batch;

/* Checks shape, lengths and labels as the functions below do. The values of the logits are not read, and may be
 * NULL. */
seq2seq_status seq2seq_ctc_validate(const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch);

/* Computes losses [batch]: minus the log-probability of each sample's labels. A loss is +inf if no path fits the
 * labels, and NaN if a valid frame contains NaN or +inf, or if it contains only -inf and the inputs are logits. Takes
 * O(time * (vocabulary + labels)) for each sample. */
seq2seq_status seq2seq_ctc_losses(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, double *losses);

/* Computes losses [batch] and their gradient with respect to the logits. The gradient has the shape and the element
 * type of the logits, and any strides, but not their memory. The gradient of sample b is multiplied by weights[b];
 * weights NULL means 1. It is 0 beyond a sample's frames and for a sample without a path. */
seq2seq_status seq2seq_ctc_losses_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const double *weights, double *losses,
    const seq2seq_tensor *gradient);

/* Computes the product of each sample's Hessian with its part of vector. vector and product have the shape and the
 * element type of the logits. Takes as long as two to three gradients. */
seq2seq_status seq2seq_ctc_hessian_vector_products(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const seq2seq_tensor *vector,
    const seq2seq_tensor *product);

/* Computes each sample's Hessian [batch, time, vocabulary, time, vocabulary], dense, of the logits' element type.
 * element_count is the number of elements that hessians has room for, and must be that of this shape. */
seq2seq_status seq2seq_ctc_hessians(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, void *hessians, int64_t element_count);

/* Computes the posterior probability that each frame emits each token. occupancies has the shape and the element type
 * of the logits; it is 0 beyond a sample's frames and for a sample without a path. */
seq2seq_status seq2seq_ctc_occupancies(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const seq2seq_tensor *occupancies);

/* Computes entropies [batch] of the posterior distribution over each sample's paths; NaN for a sample without a
 * path. */
seq2seq_status seq2seq_ctc_entropies(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, double *entropies);

/* Arrays for alignments, where `count` is 1 for the best alignment. */
typedef struct {
  int64_t *tokens;           /* [batch, count, time]: the token of each frame; -1 if there is no frame or no path */
  int64_t *label_indices;    /* [batch, count, time]: the index of the label that the frame emits; -1 for none */
  double *log_probabilities; /* [batch, count]: -inf for a sample without a path */
} seq2seq_ctc_alignments;

/* Finds the most probable alignment of each sample. Ties go to the lowest state of the lattice. */
seq2seq_status seq2seq_ctc_best_alignments(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const seq2seq_ctc_alignments *alignments);

/* Draws `count` (0 to 2^20) independent alignments from the posterior distribution of each sample. The same seed
 * gives the same alignments. */
seq2seq_status seq2seq_ctc_sampled_alignments(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, int64_t count, uint64_t seed,
    const seq2seq_ctc_alignments *alignments);

/* Computes the logarithms of the lattice's variables, for study. An array that is NULL is not computed. Entries are
 * -inf beyond a sample's frames and states.
 *   - alpha [batch, time + 1, states]: at (t, s), the sum over all partial paths from the start to state s after t
 *     frames.
 *   - beta [batch, time + 1, states]: the sum over all partial paths from there to the end.
 *   - gamma [batch, time + 1, states, time + 1, states]: the sum over all partial paths between two places.
 *   - log_occupancies [batch, time, vocabulary].
 * In the classic topology state 2u is the blank after u labels, and state 2u - 1 is label u. In the others state u
 * is "u labels so far". `states` must be at least 2U + 1 in the classic topology and U + 1 in the others, where U is
 * the number of labels of the longest sample. */
seq2seq_status seq2seq_ctc_lattice_variables(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, int64_t states, double *alpha,
    double *beta, double *gamma, double *log_occupancies);

/* ---- Variants of the CTC loss ----
 *
 * Each function computes values [batch] and their gradient with respect to the logits. Weights and gradient are as for
 * seq2seq_ctc_losses_and_gradient, and a value is NaN or +inf in the same cases as a loss. */

/* Computes the entropies of seq2seq_ctc_entropies. */
seq2seq_status seq2seq_ctc_entropies_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const double *weights,
    double *entropies, const seq2seq_tensor *gradient);

/* Computes loss - entropy_weight * entropy (EnCTC). */
seq2seq_status seq2seq_ctc_entropy_regularized_losses_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, double entropy_weight,
    const double *weights, double *losses, const seq2seq_tensor *gradient);

/* Computes the expected cost of a path under the posterior distribution. The cost of a path is the sum of the costs
 * of its tokens in their frames. costs has the shape and the element type of the logits. */
seq2seq_status seq2seq_ctc_path_risks_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const seq2seq_tensor *costs,
    const double *weights, double *risks, const seq2seq_tensor *gradient);

/* Computes the loss of the scores log p(k) - scale * log_priors[k] (CTC with label priors). log_priors is
 * [vocabulary]. */
seq2seq_status seq2seq_ctc_prior_corrected_losses_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const double *log_priors, double scale,
    const double *weights, double *losses, const seq2seq_tensor *gradient);

/* Computes (1 - p)^focus * loss, where p is the probability of the labels (focal CTC loss): samples that are already
 * modeled well count less. */
seq2seq_status seq2seq_ctc_focal_losses_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, double focus, const double *weights,
    double *losses, const seq2seq_tensor *gradient);

/* Computes (1 - smoothing) * loss + smoothing * D, where D is the sum over frames of the Kullback-Leibler divergence
 * KL(uniform || p) (label smoothing). */
seq2seq_status seq2seq_ctc_smoothed_losses_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, double smoothing, const double *weights,
    double *losses, const seq2seq_tensor *gradient);

/* ---- Minimum risk training ---- */

/* Lists of hypotheses with their risks. List i has counts[i] of the sequences of hypotheses, which follow each other
 * list by list. The value of a list is the mean of its risks under the model's distribution over its hypotheses,
 * which is the softmax of score_scale * log-probability; minus the plain mean of the risks if subtracts_mean; plus
 * reference_weight * loss of the list's reference. */
typedef struct {
  seq2seq_labels hypotheses;
  const int64_t *counts;            /* [count] */
  int64_t count;                    /* the number of lists */
  const double *risks;              /* one finite number for each sequence of hypotheses */
  const seq2seq_labels *references; /* one for each list; may be NULL if reference_weight is 0 */
  double score_scale;
  double reference_weight;
  int subtracts_mean;
} seq2seq_expected_risk;

/* Computes the values [batch] of one list for each sample. The labels of the batch are not read. A sequence that is in
 * a list twice counts once. A value is +inf if no hypothesis has a path, and NaN in the same cases as a loss.
 * Takes O(time * (vocabulary + n * labels)) for a sample with n hypotheses. */
seq2seq_status seq2seq_ctc_expected_risks(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const seq2seq_expected_risk *risk,
    double *values);

/* Computes the values of seq2seq_ctc_expected_risks and their gradient. Weights and gradient are as for
 * seq2seq_ctc_losses_and_gradient. */
seq2seq_status seq2seq_ctc_expected_risks_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const seq2seq_expected_risk *risk,
    const double *weights, double *values, const seq2seq_tensor *gradient);

/* Computes the product of each value's Hessian with the sample's part of vector. vector and product have the shape
 * and the element type of the logits. */
seq2seq_status seq2seq_ctc_expected_risk_hessian_vector_products(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, const seq2seq_expected_risk *risk,
    const seq2seq_tensor *vector, const seq2seq_tensor *product);

/* Estimates the expected edit distances [batch] between the label sequences of the model and the batch's labels (EMBR),
 * from `count` (2 to 2^20) draws, and the gradient. Both estimates are unbiased. The same seed gives the same draws.
 * Weights and gradient are as for seq2seq_ctc_losses_and_gradient. */
seq2seq_status seq2seq_ctc_sampled_edit_risks_and_gradient(
    const seq2seq_ctc *ctc, const seq2seq_ctc_batch *batch, int64_t count, uint64_t seed,
    const double *weights, double *values, const seq2seq_tensor *gradient);

/* ---- Transducers ---- */

/* How the paths of a transducer move through frames and labels. */
typedef enum {
  /* RNN-T: a label takes no frame, a blank takes one. */
  SEQ2SEQ_TRANSDUCER_STANDARD = 0,
  /* Each frame emits exactly one symbol. */
  SEQ2SEQ_TRANSDUCER_MONOTONIC = 1,
  /* The standard topology with additional blanks, each of which takes several frames. */
  SEQ2SEQ_TRANSDUCER_MULTI_BLANK = 2,
  /* Each step emits a token and a duration (TDT). The logits of the durations are the last columns of a row. */
  SEQ2SEQ_TRANSDUCER_TOKEN_AND_DURATION = 3
} seq2seq_transducer_topology;

/* The name of a transducer topology, such as "monotonic"; NULL if there is none of this number. Topologies are numbered
 * from 0. */
const char *seq2seq_transducer_topology_name(seq2seq_transducer_topology topology);

/* How a row of the joiner's output becomes probabilities. */
typedef enum {
  SEQ2SEQ_TRANSDUCER_SOFTMAX = 0,
  /* A sigmoid for the blank, and a softmax for the other tokens (HAT). */
  SEQ2SEQ_TRANSDUCER_FACTORED = 1,
  /* Not at all: rows are log-probabilities. */
  SEQ2SEQ_TRANSDUCER_NORMALIZED = 2
} seq2seq_transducer_normalization;

/* Whether the transcript may be incomplete at both ends, so that paths may skip frames there (W-transducer). */
typedef enum {
  SEQ2SEQ_WILDCARD_NONE = 0,
  /* Frames may be skipped, but a path still emits the last frame's blank. */
  SEQ2SEQ_WILDCARD_ENDS_WITH_BLANK = 1,
  /* Frames may be skipped, the last blank as well. */
  SEQ2SEQ_WILDCARD_SKIPS_LAST_BLANK = 2
} seq2seq_transducer_wildcard;

typedef struct {
  int64_t blank; /* the index of the blank token */
  seq2seq_transducer_topology topology;
  seq2seq_transducer_normalization normalization;
  const int64_t *steps;      /* [step_count]: the frames of each duration, or of each token of big_blanks */
  const int64_t *big_blanks; /* [step_count]: the tokens of the additional blanks; only for multi-blank */
  int64_t step_count;
  double under_normalization; /* subtracted from the log-probability of each move (NeMo's sigma) */
  double standard_share;      /* 0 to 1: the weight of the standard topology's loss in the mean (NeMo's omega) */
  seq2seq_transducer_wildcard wildcard;
  double wildcard_log_weight; /* added to the log-probability of a path at each end where it skips frames */
  double fast_emit;           /* FastEmit's lambda: labels' part of the gradient is multiplied by 1 + fast_emit */
  double gradient_limit;      /* values of the gradient are cut off at this magnitude; 0 or less for no limit */
  int64_t threads;
} seq2seq_transducer_options;

/* A transducer loss. */
typedef struct seq2seq_transducer seq2seq_transducer;

/* Makes a loss and stores its handle in *result. */
seq2seq_status seq2seq_transducer_create(
    const seq2seq_transducer_options *options, seq2seq_transducer **result);
void seq2seq_transducer_destroy(seq2seq_transducer *transducer);

/* Samples with the joiner's logits, which are dense and in one of three layouts:
 *   - padded: logits [batch, time * positions, vocabulary], where positions is the largest number of labels + 1. Row
 *     t * positions + u is the joiner's output in frame t after u labels.
 *   - pruned: as padded, but row t * positions + u is after first_positions[b, t] + u labels.
 *   - compact: positions is 0, and the rows of the samples follow each other without padding:
 *     logits [1, sum of frames * (labels + 1), vocabulary]. logit_lengths is required. */
typedef struct {
  seq2seq_tensor logits;
  const int64_t *logit_lengths; /* [batch]: valid frames of each sample; NULL for all */
  seq2seq_labels labels;        /* one sequence for each sample, of tokens other than blanks */
  int64_t positions;
  const int64_t *first_positions; /* [batch, time]; NULL for 0 */
  /* [labels of all samples, 2]: the first frame in which each label may be emitted, and the frame after the last; NULL
   * for no restriction */
  const int64_t *windows;
} seq2seq_transducer_batch;

/* Checks shape, lengths, labels and windows as the functions below do. The values of the logits are not read, and may
 * be NULL. */
seq2seq_status seq2seq_transducer_validate(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch);

/* Computes losses [batch]: minus the log-probability of each sample's labels. A loss is +inf if no path fits the
 * labels, and NaN if a valid row contains NaN or +inf, or if it contains only -inf and has a softmax. Takes
 * O(time * positions * vocabulary) for each sample. */
seq2seq_status seq2seq_transducer_losses(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch, double *losses);

/* Computes losses [batch] and their gradient with respect to the logits. The gradient has the shape and the element
 * type of the logits, and is dense. It may be the logits themselves, which it then replaces. The gradient of sample b
 * is multiplied by weights[b], after gradient_limit; weights NULL means 1. It is 0 beyond a sample's frames and labels
 * and for a sample without a path. */
seq2seq_status seq2seq_transducer_losses_and_gradient(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch,
    const double *weights, double *losses, const seq2seq_tensor *gradient);

/* Computes the product of each sample's Hessian with its part of vector. vector and product have the shape, the
 * element type and the density of the logits. fast_emit and gradient_limit are ignored. */
seq2seq_status seq2seq_transducer_hessian_vector_products(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch,
    const seq2seq_tensor *vector, const seq2seq_tensor *product);

/* Computes the probability that a path leaves each node by a blank and by the next label:
 * occupancies [batch, time, positions, 2], the blank's first. They are 0 beyond a sample's frames and labels. For the
 * padded layout only. */
seq2seq_status seq2seq_transducer_occupancies(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch,
    double *occupancies);

/* Computes entropies [batch] of the posterior distribution over each sample's paths; NaN for a sample without a
 * path. */
seq2seq_status seq2seq_transducer_entropies(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch, double *entropies);

/* Arrays for alignments, where `count` is 1 for the best alignment. The last three have an entry for each label: those
 * of the first sample's first alignment, its second alignment, ..., then those of the next sample. */
typedef struct {
  double *log_probabilities;       /* [batch, count]: -inf for a sample without a path */
  int64_t *first_frames;           /* the first frame of each label; -1 without a path */
  int64_t *frames;                 /* how many frames each label takes; 0 without a path */
  double *label_log_probabilities; /* the log-probability of each label's move; NaN without a path */
} seq2seq_transducer_alignments;

/* Finds the most probable alignment of each sample. */
seq2seq_status seq2seq_transducer_best_alignments(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch,
    const seq2seq_transducer_alignments *alignments);

/* Draws `count` (0 to 2^20) independent alignments from the posterior distribution of each sample. The same seed
 * gives the same alignments. */
seq2seq_status seq2seq_transducer_sampled_alignments(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch, int64_t count,
    uint64_t seed, const seq2seq_transducer_alignments *alignments);

/* Computes the values [count] of the lists of hypotheses of seq2seq_expected_risk. Each hypothesis is a sample of the
 * logits, because the joiner's output depends on the labels; the labels of the batch are not read. The sequences of a
 * list must differ, and its reference must be one of them. Values are as for seq2seq_ctc_expected_risks. */
seq2seq_status seq2seq_transducer_expected_risks(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch,
    const seq2seq_expected_risk *risk, double *values);

/* Computes the values of seq2seq_transducer_expected_risks and their gradient with respect to the logits. The gradient
 * of list i is multiplied by weights[i]; weights NULL means 1. */
seq2seq_status seq2seq_transducer_expected_risks_and_gradient(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch,
    const seq2seq_expected_risk *risk, const double *weights, double *values,
    const seq2seq_tensor *gradient);

/* Computes the product of each value's Hessian with the samples' part of vector. vector and product have the shape, the
 * element type and the density of the logits. */
seq2seq_status seq2seq_transducer_expected_risk_hessian_vector_products(
    const seq2seq_transducer *transducer, const seq2seq_transducer_batch *batch,
    const seq2seq_expected_risk *risk, const seq2seq_tensor *vector, const seq2seq_tensor *product);

/* ---- Transducers whose joiner only adds ---- */

typedef struct {
  int64_t blank; /* the index of the blank token */
  /* Standard or monotonic. */
  seq2seq_transducer_topology topology;
  /* The weights, 0 to 1, in the log-probability of a move, of the predictor alone and of the encoder with the
   * predictor's average (k2's lm_only_scale and am_only_scale); 0 for the simple loss. The average is over all samples
   * that have a finite loss. */
  double predictor_share;
  double encoder_share;
  double fast_emit; /* as in seq2seq_transducer_options */
  int64_t threads;
} seq2seq_additive_transducer_options;

/* A transducer loss whose logits in frame t after u labels are encoder[b, t] + predictor[b, u]. They are never stored
 * as [batch, time, positions, vocabulary]. */
typedef struct seq2seq_additive_transducer seq2seq_additive_transducer;

/* Makes a loss and stores its handle in *result. */
seq2seq_status seq2seq_additive_transducer_create(
    const seq2seq_additive_transducer_options *options, seq2seq_additive_transducer **result);
void seq2seq_additive_transducer_destroy(seq2seq_additive_transducer *transducer);

typedef struct {
  seq2seq_tensor encoder;         /* [batch, time, vocabulary] */
  seq2seq_tensor predictor;       /* [batch, positions, vocabulary], of the encoder's element type */
  const int64_t *encoder_lengths; /* [batch]: valid frames of each sample; NULL for all */
  seq2seq_labels labels;          /* one sequence for each sample, of fewer labels than positions */
} seq2seq_additive_transducer_batch;

/* Computes losses [batch]: minus the log-probability of each sample's labels; +inf and NaN as for
 * seq2seq_transducer_losses. */
seq2seq_status seq2seq_additive_transducer_losses(
    const seq2seq_additive_transducer *transducer, const seq2seq_additive_transducer_batch *batch,
    double *losses);

/* Computes losses [batch] and their gradients with respect to encoder and predictor. The gradients have the shapes,
 * the strides and the element type of encoder and predictor, and must not overlap these. If encoder_share is not 0,
 * the gradients are those of the sum of the losses. */
seq2seq_status seq2seq_additive_transducer_losses_and_gradients(
    const seq2seq_additive_transducer *transducer, const seq2seq_additive_transducer_batch *batch,
    double *losses, const seq2seq_tensor *encoder_gradient,
    const seq2seq_tensor *predictor_gradient);

/* Computes losses [batch] and occupancies [batch, time, positions, 2], as for seq2seq_transducer_occupancies. */
seq2seq_status seq2seq_additive_transducer_losses_and_occupancies(
    const seq2seq_additive_transducer *transducer, const seq2seq_additive_transducer_batch *batch,
    double *losses, double *occupancies);

/* Computes losses, gradients and occupancies at once, for a training step that prunes. */
seq2seq_status seq2seq_additive_transducer_losses_gradients_and_occupancies(
    const seq2seq_additive_transducer *transducer, const seq2seq_additive_transducer_batch *batch,
    double *losses, const seq2seq_tensor *encoder_gradient,
    const seq2seq_tensor *predictor_gradient, double *occupancies);

/* Finds the positions that a pruned transducer keeps, as k2 does: first_positions [batch, time], the first position in
 * each frame, and in *kept the number of positions of each frame. *kept is `range`, or more if no path would be left,
 * or fewer if there are fewer positions. occupancies is [batch, time, positions, 2]. logit_lengths and label_lengths
 * are [batch]. The topology is standard or monotonic. */
seq2seq_status seq2seq_transducer_pruning_bounds(
    int64_t batch, int64_t time, int64_t positions, const double *occupancies,
    const int64_t *logit_lengths, const int64_t *label_lengths, int64_t range,
    seq2seq_transducer_topology topology, int64_t *first_positions, int64_t *kept);

/* ---- Language models ---- */

/* An n-gram language model. */
typedef struct seq2seq_ngram_model seq2seq_ngram_model;

/* Reads a model from a file: ARPA, also compressed with gzip, or KenLM's binary formats "probing" and "trie". A binary
 * file is mapped into memory: if another process shortens it or writes to it while the model lives, this process ends
 * (SIGBUS). path is in UTF-8. */
seq2seq_status seq2seq_ngram_model_open(const char *path, seq2seq_ngram_model **result);

/* As seq2seq_ngram_model_open, but a binary file is read into memory first, and may change afterwards. */
seq2seq_status seq2seq_ngram_model_read(const char *path, seq2seq_ngram_model **result);

void seq2seq_ngram_model_destroy(seq2seq_ngram_model *model);

/* Stores the number of words in the longest n-grams in *order, and the number of known words in *words. */
seq2seq_status seq2seq_ngram_model_size(
    const seq2seq_ngram_model *model, int64_t *order, int64_t *words);

/* Computes scores [words, + 1 if ends]: the log-probability of each word after the words before it, and if ends, of
 * the end of the sentence. If begins, the first word follows <s>. is_known [words] is 1 for words that the model
 * has, otherwise 0. */
seq2seq_status seq2seq_ngram_model_scores(
    const seq2seq_ngram_model *model, const seq2seq_strings *words, int begins, int ends,
    double *scores, int8_t *is_known);

/* ---- Tokens ---- */

/* How the texts of tokens mark where words begin and end. */
typedef enum {
  SEQ2SEQ_SENTENCE_PIECE = 0, /* U+2581 begins a word, <0xE7> is a byte; also for tokens without marks */
  SEQ2SEQ_WORD_PIECE = 1,     /* a token begins a word unless it begins with ## */
  SEQ2SEQ_CONTINUATION = 2,   /* a token ends a word unless it ends with @@ */
  SEQ2SEQ_END_OF_WORD = 3,    /* </w> ends a word */
  SEQ2SEQ_UNDERSCORE = 4,     /* _ at the end of a token ends a word */
  SEQ2SEQ_BYTE_LEVEL = 5      /* each character is a byte, as in GPT-2 */
} seq2seq_piece_marks;

/* How a file lists tokens. */
typedef enum {
  SEQ2SEQ_TOKEN_FILE_AUTOMATIC = 0, /* recognized by its form */
  SEQ2SEQ_TOKEN_FILE_LIST = 1,      /* one token on each line */
  SEQ2SEQ_TOKEN_FILE_INDEXED = 2,   /* a token, white space, and its index */
  SEQ2SEQ_TOKEN_FILE_SCORED = 3,    /* a token, a tab, and its score */
  SEQ2SEQ_TOKEN_FILE_PADDLE = 4     /* one character on each line, without the blank and the space (PaddleOCR) */
} seq2seq_token_file_format;

/* Reads the tokens from the content of a file, in UTF-8. `outputs` is the number of the model's outputs, or 0 if it is
 * not known; it tells whether the list contains the blank. `blank` is the index of the blank, or -1 if it is not known.
 * If there is one token fewer than outputs, the blank is inserted there.
 *   - integers: the index of the blank, or -1 if no token has a name that toolkits give to the blank; the number of
 *     bytes of the token between words; the number of bytes of each token.
 *   - text: the token between words, then all tokens. */
seq2seq_status seq2seq_token_file_read(
    const char *content, seq2seq_token_file_format format, int64_t outputs, int64_t blank,
    seq2seq_result *result);

/* As seq2seq_token_file_read, for tokens in the order of their indices, as from a vocab.json. */
seq2seq_status seq2seq_token_file_of_texts(
    const seq2seq_strings *texts, int64_t outputs, int64_t blank, seq2seq_result *result);

/* ---- CTC decoders ---- */

/* What a language model scores. */
typedef enum {
  SEQ2SEQ_LANGUAGE_MODEL_WORD = 0,
  SEQ2SEQ_LANGUAGE_MODEL_TOKEN = 1
} seq2seq_language_model_unit;

/* How a language model takes part in decoding. Numbers are at most 1e9 in magnitude. */
typedef struct {
  const seq2seq_ngram_model *model; /* NULL for none */
  seq2seq_language_model_unit unit;
  double weight;          /* multiplies the model's log-probabilities; 0 or more */
  double insertion_bonus; /* added for each word or token */
  double unknown_penalty; /* added for each word or token that the model does not know */
  int looks_ahead;        /* whether unfinished words are scored as the best word that they may become */
} seq2seq_language_model;

/* How the confidence of a token is computed from the probabilities in its frames. */
typedef enum {
  SEQ2SEQ_CONFIDENCE_LARGEST = 0, /* the largest probability of the token */
  SEQ2SEQ_CONFIDENCE_MEAN = 1,    /* the geometric mean of the token's probabilities */
  SEQ2SEQ_CONFIDENCE_ENTROPY = 2  /* the mean of 1 - H / log(vocabulary), where H is the entropy of a frame */
} seq2seq_confidence;

typedef struct {
  const seq2seq_strings *labels; /* the text of each token; NULL if tokens are only numbers */
  int64_t vocabulary;            /* the number of tokens, if labels is NULL */
  int64_t blank;                 /* the index of the blank token */
  const char *word_separator;    /* the token between words; NULL for a space, "" for none */
  seq2seq_topology topology;
  int64_t beam_width;           /* 1 to 2^20 */
  double beam_threshold;        /* nats: hypotheses that are worse than the best by more are dropped */
  double token_prune_threshold; /* nats: tokens that are worse than the frame's best by more are skipped */
  int64_t hypothesis_count;     /* the number of hypotheses of each sample, 1 or more; fewer if there are fewer */
  int finds_spans;              /* whether the frames of tokens and words are found */
  seq2seq_confidence confidence;
  const seq2seq_language_model *language_model; /* NULL for none */
  const seq2seq_strings *lexicon;               /* the words that may be found; NULL for no restriction */
  const seq2seq_labels *spellings; /* the tokens of each word of the lexicon; NULL to spell words by their characters */
  const seq2seq_strings *phrases;  /* phrases whose scores are boosted; NULL for none */
  const double *phrase_boosts;     /* nats, one for each phrase, at most 1e9 in magnitude */
  seq2seq_piece_marks pieces;
  /* Whether case, typographic punctuation and Unicode form are ignored where the tokens cannot spell a word of a phrase
   * or text, and punctuation that no token has is left out. */
  int folds;
} seq2seq_decoder_options;

/* Finds the words of the lexicon and the phrases that the tokens cannot spell. Such words and phrases are errors when a
 * decoder is made. A word is also listed if its spelling is empty, or contains the separator in a place other than its
 * end.
 *   - integers: the number of such words and their indices, then the number of such phrases and their indices. */
seq2seq_status seq2seq_decoder_unspellable(
    const seq2seq_decoder_options *options, seq2seq_result *result);

/* Spells a text in UTF-8 with the fewest tokens for each word. Reads the options' labels, blank, word_separator, pieces
 * and folds.
 *   - integers: the tokens. */
seq2seq_status seq2seq_spell_text(
    const seq2seq_decoder_options *options, const char *text, seq2seq_result *result);

/* A beam search decoder for CTC. It never changes. */
typedef struct seq2seq_decoder seq2seq_decoder;

/* Makes a decoder and stores its handle in *result. */
seq2seq_status seq2seq_decoder_create(
    const seq2seq_decoder_options *options, seq2seq_decoder **result);
void seq2seq_decoder_destroy(seq2seq_decoder *decoder);

/* Finds the best hypotheses of log_probabilities [batch, time, vocabulary]. lengths are the valid frames of each
 * sample; NULL for all.
 *   - integers: for each sample, the number of hypotheses. Then for each hypothesis: the number of tokens n, the number
 *     of spans (n or 0), the number of words, the number of bytes of text, 1 if it is complete or else 0; n tokens; the
 *     first and the end frame of each span; for each word the number of its bytes, its first and end token, and its
 *     first and end frame.
 *   - numbers: for each hypothesis, the acoustic, language and bias scores; the log-probability and the confidence of
 *     each span, then of each word.
 *   - text: for each hypothesis, its text and then its words. */
seq2seq_status seq2seq_decoder_decode(
    const seq2seq_decoder *decoder, const seq2seq_tensor *log_probabilities, const int64_t *lengths,
    int64_t threads, seq2seq_result *result);

/* Finds the most probable path of each sample and collapses it. The result is as from seq2seq_decoder_decode, with one
 * hypothesis for each sample. */
seq2seq_status seq2seq_decoder_decode_greedy(
    const seq2seq_decoder *decoder, const seq2seq_tensor *log_probabilities, const int64_t *lengths,
    int64_t threads, seq2seq_result *result);

/* An incremental decoding session: feed frames as they arrive. Calls from several threads wait for each other. The
 * decoder may be destroyed before the stream. */
typedef struct seq2seq_stream seq2seq_stream;

seq2seq_status seq2seq_stream_create(const seq2seq_decoder *decoder, seq2seq_stream **result);
void seq2seq_stream_destroy(seq2seq_stream *stream);

/* Adds frames [1, time, vocabulary]. */
seq2seq_status seq2seq_stream_feed(
    const seq2seq_stream *stream, const seq2seq_tensor *log_probabilities);

/* Finds the best hypotheses so far, at most `count`. A character whose last bytes are still to come is left out. The
 * result is as from seq2seq_decoder_decode for one sample. */
seq2seq_status seq2seq_stream_hypotheses(
    const seq2seq_stream *stream, int64_t count, seq2seq_result *result);

/* Finds the best hypotheses as if the input ended here. The result is as from seq2seq_decoder_decode for one sample. */
seq2seq_status seq2seq_stream_finish(const seq2seq_stream *stream, seq2seq_result *result);

/* Finds the tokens that no further frame can change.
 *   - integers: the tokens. */
seq2seq_status seq2seq_stream_stable_tokens(const seq2seq_stream *stream, seq2seq_result *result);

/* Finds the best path of log_probabilities [batch, time, vocabulary] for each sample's targets. The target -1 is a
 * wildcard, which matches any tokens other than the blank. lengths are the valid frames of each sample; NULL for all.
 *   - paths [batch, time]: the token of each frame; -1 for a wildcard, and -2 beyond a sample's frames.
 *   - scores [batch, time]: the log-probability of each frame's token; 0 for a wildcard and beyond a sample's frames.
 * A sample without a path is an error. */
seq2seq_status seq2seq_forced_align(
    const seq2seq_tensor *log_probabilities, const int64_t *lengths, const seq2seq_labels *targets,
    int64_t blank, seq2seq_topology topology, int64_t threads, int64_t *paths, double *scores);

/* ---- Transducer decoders ---- */

/* A frame of the encoder's output: the index of its utterance in the batch, and its index in the utterance, or since
 * the stream began. */
typedef struct {
  int64_t utterance;
  int64_t frame;
} seq2seq_frame;

/* A transducer's predictor and joiner, as functions of the caller. They are called one after the other, on the thread
 * that decodes. Each returns 0; any other value ends the decoding with SEQ2SEQ_MODEL_FAILED. The caller chooses the
 * numbers that stand for the predictor's states. */
typedef struct {
  void *context; /* passed to the functions unchanged */
  /* Stores the state before any label in *state. */
  int32_t (*start)(void *context, int64_t *state);
  /* Stores the states [count] after one more label each. Labels are never blanks. */
  int32_t (*advance)(void *context, int64_t count, const int64_t *states, const int64_t *labels,
                     int64_t *next_states);
  /* Stores the joiner's logits [count, width] for the frames and states. width is the size of the vocabulary plus the
   * number of durations, whose logits come last. */
  int32_t (*join)(void *context, int64_t count, const seq2seq_frame *frames, const int64_t *states,
                  int64_t width, double *logits);
  /* Called once for each state from start and advance when it is no longer needed, also while a stream is destroyed.
   * NULL if there is nothing to do. */
  void (*release)(void *context, int64_t state);
} seq2seq_transducer_model;

typedef struct {
  /* topology, finds_spans and confidence of `search` are ignored: spans are always found. */
  seq2seq_decoder_options search;
  int64_t maximum_labels_per_frame; /* 1 to 2^20 */
  /* As in seq2seq_transducer_options. */
  seq2seq_transducer_topology topology;
  const int64_t *steps;
  const int64_t *big_blanks;
  int64_t step_count;
} seq2seq_transducer_decoder_options;

/* A decoder for transducers, without the model. It never changes. */
typedef struct seq2seq_transducer_decoder seq2seq_transducer_decoder;

/* Makes a decoder and stores its handle in *result. */
seq2seq_status seq2seq_transducer_decoder_create(
    const seq2seq_transducer_decoder_options *options, seq2seq_transducer_decoder **result);
void seq2seq_transducer_decoder_destroy(seq2seq_transducer_decoder *decoder);

/* Finds the best hypotheses of utterances with frame_counts[batch] frames by beam search, one utterance after the
 * other. There are at most 2^24 frames in total. The result is as from seq2seq_decoder_decode. */
seq2seq_status seq2seq_transducer_decoder_decode(
    const seq2seq_transducer_decoder *decoder, const seq2seq_transducer_model *model,
    const int64_t *frame_counts, int64_t batch, seq2seq_result *result);

/* Follows the most probable moves, for all utterances together. Language model, lexicon and phrases are not used. */
seq2seq_status seq2seq_transducer_decoder_decode_greedy(
    const seq2seq_transducer_decoder *decoder, const seq2seq_transducer_model *model,
    const int64_t *frame_counts, int64_t batch, seq2seq_result *result);

/* An incremental transducer decoding session: feed frames as they arrive. The decoder may be destroyed before the
 * stream, but what the model's context points to may not.
 *
 * Calls from several threads wait for each other, but never for one of the model's functions: while one of them runs,
 * every other use of the stream, from that function or from another thread, is SEQ2SEQ_INVALID_ARGUMENT ("stream: in
 * use"), and the stream is unchanged. The model's functions may use everything else, and may destroy the stream. */
typedef struct seq2seq_transducer_stream seq2seq_transducer_stream;

/* Makes a stream for beam search, or for greedy decoding. */
seq2seq_status seq2seq_transducer_stream_create(
    const seq2seq_transducer_decoder *decoder, const seq2seq_transducer_model *model,
    seq2seq_transducer_stream **result);
seq2seq_status seq2seq_transducer_stream_create_greedy(
    const seq2seq_transducer_decoder *decoder, const seq2seq_transducer_model *model,
    seq2seq_transducer_stream **result);
void seq2seq_transducer_stream_destroy(seq2seq_transducer_stream *stream);

/* Adds frame_count frames, 0 to 2^24. If the model fails at a frame, the frames before it have been added:
 * seq2seq_transducer_stream_frames tells how many there are in total, and the stream continues with the frame that
 * failed. */
seq2seq_status seq2seq_transducer_stream_feed(
    const seq2seq_transducer_stream *stream, int64_t frame_count);

/* Stores the number of frames that have been added in *frames. */
seq2seq_status seq2seq_transducer_stream_frames(
    const seq2seq_transducer_stream *stream, int64_t *frames);

/* The best hypotheses so far, the best hypotheses as if the input ended here, and the tokens that no further frame can
 * change: as for a seq2seq_stream, also for greedy streams. */
seq2seq_status seq2seq_transducer_stream_hypotheses(
    const seq2seq_transducer_stream *stream, int64_t count, seq2seq_result *result);
seq2seq_status seq2seq_transducer_stream_finish(
    const seq2seq_transducer_stream *stream, seq2seq_result *result);
seq2seq_status seq2seq_transducer_stream_stable_tokens(
    const seq2seq_transducer_stream *stream, seq2seq_result *result);

/* ---- Error rates ---- */

/* Counts the matches, substitutions, deletions and insertions that turn each reference into its hypothesis:
 * counts [pairs, 4]. Sequences may contain any integers. */
seq2seq_status seq2seq_error_counts(
    const seq2seq_labels *references, const seq2seq_labels *hypotheses, int64_t *counts);

/* Computes the edit distances [pairs]. */
seq2seq_status seq2seq_edit_distances(
    const seq2seq_labels *references, const seq2seq_labels *hypotheses, int64_t *distances);

#ifdef __cplusplus
}
#endif

#endif
