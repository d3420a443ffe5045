/* A program that knows the library by its header alone. Prints what fails; exits with how much. */
#include "seq2seq_losses.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

#define EXPECT(condition)                                       \
  do {                                                          \
    if (!(condition)) {                                         \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);    \
      failures += 1;                                            \
    }                                                           \
  } while (0)

#define EXPECT_ERROR(call, text)                                                  \
  do {                                                                            \
    EXPECT((call) == SEQ2SEQ_INVALID_ARGUMENT);                                   \
    if (strcmp(seq2seq_last_error(), text) != 0) {                                \
      printf("%s:%d: \"%s\"\n", __FILE__, __LINE__, seq2seq_last_error());        \
      failures += 1;                                                              \
    }                                                                             \
  } while (0)

enum { batch = 2, time = 3, vocabulary = 3, count = batch * time * vocabulary };

/* A transducer of tokens 0 (the blank), 1 and 2: logits are 1 for one token, else 0. States count the
 * labels; `live` counts the states that were not given back. */
typedef struct {
  int live, calls, failing;
} toy_model;

static int32_t toy_start(void *context, int64_t *state) {
  ((toy_model *)context)->live += 1;
  *state = 0;
  return 0;
}

static int32_t toy_advance(void *context, int64_t states_count, const int64_t *states,
                           const int64_t *labels, int64_t *next_states) {
  (void)labels;
  ((toy_model *)context)->live += (int)states_count;
  for (int64_t i = 0; i < states_count; i++) next_states[i] = states[i] + 1;
  return 0;
}

static int32_t toy_join(void *context, int64_t rows, const seq2seq_frame *frames,
                        const int64_t *states, int64_t width, double *logits) {
  toy_model *model = context;
  model->calls += 1;
  if (model->calls == model->failing) return 7;
  for (int64_t i = 0; i < rows; i++) {
    /* One label at each even frame: 1, 2, 1, 2, ... */
    int64_t due = frames[i].frame / 2 + 1;
    int64_t token = states[i] < due ? 1 + states[i] % 2 : 0;
    for (int64_t k = 0; k < width; k++) logits[i * width + k] = k == token ? 1 : 0;
  }
  return 0;
}

static void toy_release(void *context, int64_t state) {
  (void)state;
  ((toy_model *)context)->live -= 1;
}

static void transducers(void) {
  toy_model toy = {0, 0, 0};
  seq2seq_transducer_model model = {&toy, toy_start, toy_advance, toy_join, toy_release};
  seq2seq_transducer_decoder_options options = {0};
  options.search.vocabulary = 3;
  options.search.beam_width = 4;
  options.search.beam_threshold = 20;
  options.search.token_prune_threshold = 20;
  options.search.hypothesis_count = 2;
  options.maximum_labels_per_frame = 3;
  seq2seq_transducer_decoder *decoder = NULL;
  EXPECT(seq2seq_transducer_decoder_create(&options, &decoder) == SEQ2SEQ_OK);

  int64_t counts[3] = {5, 0, 1};
  seq2seq_result result = {0};
  EXPECT(seq2seq_transducer_decoder_decode_greedy(decoder, &model, counts, 3, &result) == SEQ2SEQ_OK);
  /* One hypothesis: three tokens, as many spans, no words, no text, complete; 1 2 1 at 0, 2, 4. */
  int64_t expected[15] = {1, 3, 3, 0, 0, 1, 1, 2, 1, 0, 1, 2, 3, 4, 5};
  EXPECT(result.integer_count == 15 + 6 + 9);
  EXPECT(memcmp(result.integers, expected, sizeof expected) == 0);
  /* Eight moves, each of probability e / (e + 2). */
  EXPECT(fabs(result.numbers[0] - 8 * (1 - log(exp(1) + 2))) < 1e-12);
  seq2seq_result_destroy(&result);
  EXPECT(toy.live == 0);

  EXPECT(seq2seq_transducer_decoder_decode(decoder, &model, counts, 3, &result) == SEQ2SEQ_OK);
  EXPECT(result.integers[0] == 2);
  double best = result.numbers[0];
  seq2seq_result_destroy(&result);
  EXPECT(toy.live == 0);

  seq2seq_transducer_stream *stream = NULL;
  EXPECT(seq2seq_transducer_stream_create(decoder, &model, &stream) == SEQ2SEQ_OK);
  EXPECT(seq2seq_transducer_stream_feed(stream, 2) == SEQ2SEQ_OK);
  toy.failing = toy.calls + 1;
  EXPECT(seq2seq_transducer_stream_feed(stream, 3) == SEQ2SEQ_MODEL_FAILED);
  EXPECT(strcmp(seq2seq_last_error(), "join returned 7") == 0);
  int64_t frames = 0;
  EXPECT(seq2seq_transducer_stream_frames(stream, &frames) == SEQ2SEQ_OK && frames == 2);
  EXPECT(seq2seq_transducer_stream_feed(stream, 3) == SEQ2SEQ_OK);
  EXPECT(toy.live > 0);
  EXPECT(seq2seq_transducer_stream_finish(stream, &result) == SEQ2SEQ_OK);
  EXPECT(result.numbers[0] == best);
  seq2seq_result_destroy(&result);
  EXPECT(seq2seq_transducer_stream_hypotheses(stream, 1, &result) == SEQ2SEQ_OK);
  seq2seq_result_destroy(&result);
  EXPECT(seq2seq_transducer_stream_stable_tokens(stream, &result) == SEQ2SEQ_OK);
  seq2seq_result_destroy(&result);
  EXPECT_ERROR(seq2seq_transducer_stream_feed(stream, -1),
               "frame_count: -1 is outside 0...16777216");
  seq2seq_transducer_stream_destroy(stream);
  EXPECT(toy.live == 0);
  EXPECT(seq2seq_transducer_stream_create_greedy(decoder, &model, &stream) == SEQ2SEQ_OK);
  EXPECT(seq2seq_transducer_stream_feed(stream, 5) == SEQ2SEQ_OK);
  EXPECT(seq2seq_transducer_stream_stable_tokens(stream, &result) == SEQ2SEQ_OK);
  EXPECT(result.integer_count == 3);
  seq2seq_result_destroy(&result);
  seq2seq_transducer_stream_destroy(stream);
  EXPECT(toy.live == 0);

  model.join = NULL;
  EXPECT_ERROR(seq2seq_transducer_decoder_decode(decoder, &model, counts, 1, &result),
               "model: join is NULL");
  EXPECT_ERROR(seq2seq_transducer_decoder_decode(decoder, NULL, counts, 1, &result), "model: NULL");
  counts[0] = -1;
  model.join = toy_join;
  EXPECT_ERROR(seq2seq_transducer_decoder_decode(decoder, &model, counts, 1, &result),
               "frame_counts, sample 0: -1 is outside 0...16777216");
  seq2seq_transducer_decoder_destroy(decoder);
  seq2seq_transducer_decoder_destroy(NULL);
  seq2seq_transducer_stream_destroy(NULL);
  options.topology = 4;
  EXPECT_ERROR(seq2seq_transducer_decoder_create(&options, &decoder), "topology: 4 is no topology");
  options.topology = SEQ2SEQ_TRANSDUCER_TOKEN_AND_DURATION;
  EXPECT_ERROR(seq2seq_transducer_decoder_create(&options, &decoder),
               "steps: [] never leave a frame");
  options.step_count = 2;
  EXPECT_ERROR(seq2seq_transducer_decoder_create(&options, &decoder), "steps: NULL");
}

/* One frame, one label and three tokens of equal probability: the label, then the blank. The losses of both kinds of
 * transducer are log 9. */
static void transducer_losses(void) {
  enum { positions = 2, entries = positions * 3 };
  float values[entries] = {0}, gradients[entries], products[entries];
  int64_t label[1] = {2}, length[1] = {1};
  seq2seq_transducer_options options = {0};
  seq2seq_transducer *transducer = NULL;
  EXPECT(seq2seq_transducer_create(&options, &transducer) == SEQ2SEQ_OK);
  seq2seq_transducer_batch samples = {0};
  samples.logits = (seq2seq_tensor){values, SEQ2SEQ_FLOAT32, {1, positions, 3}, {entries, 3, 1}};
  samples.labels = (seq2seq_labels){label, 1, length, 1, 1};
  samples.positions = positions;
  double loss = 0, weight = 2, occupancies[positions * 2], entropy = 1;
  EXPECT(seq2seq_transducer_losses(transducer, &samples, &loss) == SEQ2SEQ_OK);
  EXPECT(fabs(loss - log(9)) < 1e-6);
  seq2seq_tensor gradient = samples.logits, product = samples.logits;
  gradient.values = gradients;
  product.values = products;
  EXPECT(seq2seq_transducer_losses_and_gradient(transducer, &samples, &weight, &loss, &gradient) ==
         SEQ2SEQ_OK);
  /* Twice the softmax less one at the label of row 0, and at the blank of row 1. */
  float expected[entries] = {2 / 3.0f, 2 / 3.0f, -4 / 3.0f, -4 / 3.0f, 2 / 3.0f, 2 / 3.0f};
  for (int i = 0; i < entries; i++) EXPECT(fabs(gradients[i] - expected[i]) < 1e-6);
  EXPECT(seq2seq_transducer_hessian_vector_products(transducer, &samples, &gradient, &product) ==
         SEQ2SEQ_OK);
  /* The softmax's covariance, times the vector, whose mean is 0 in each row. */
  for (int i = 0; i < entries; i++) EXPECT(fabs(products[i] - gradients[i] / 3) < 1e-6);
  EXPECT(seq2seq_transducer_occupancies(transducer, &samples, occupancies) == SEQ2SEQ_OK);
  EXPECT(fabs(occupancies[0]) < 1e-12 && fabs(occupancies[1] - 1) < 1e-6);
  EXPECT(fabs(occupancies[2] - 1) < 1e-6 && fabs(occupancies[3]) < 1e-12);
  EXPECT(seq2seq_transducer_entropies(transducer, &samples, &entropy) == SEQ2SEQ_OK);
  EXPECT(fabs(entropy) < 1e-12);
  double scores[2], label_scores[2];
  int64_t first[2], frames[2];
  seq2seq_transducer_alignments alignments = {scores, first, frames, label_scores};
  EXPECT(seq2seq_transducer_best_alignments(transducer, &samples, &alignments) == SEQ2SEQ_OK);
  EXPECT(fabs(scores[0] + log(9)) < 1e-6 && first[0] == 0 && frames[0] == 0);
  EXPECT(seq2seq_transducer_sampled_alignments(transducer, &samples, 2, 5, &alignments) ==
         SEQ2SEQ_OK);
  EXPECT(first[1] == 0 && fabs(label_scores[1] + log(3)) < 1e-6);

  /* One list of one hypothesis: its risk. */
  int64_t counts[1] = {1};
  double risks[1] = {3}, value = 0;
  seq2seq_expected_risk risk = {samples.labels, counts, 1, risks, NULL, 1, 0, 0};
  EXPECT(seq2seq_transducer_expected_risks(transducer, &samples, &risk, &value) == SEQ2SEQ_OK);
  EXPECT(value == 3);
  EXPECT(seq2seq_transducer_expected_risks_and_gradient(
             transducer, &samples, &risk, NULL, &value, &gradient) == SEQ2SEQ_OK);
  EXPECT(fabs(gradients[0]) < 1e-6);
  EXPECT(seq2seq_transducer_expected_risk_hessian_vector_products(
             transducer, &samples, &risk, &gradient, &product) == SEQ2SEQ_OK);

  /* The same logits, as the sum of an encoder's 0 and a predictor's 0. */
  seq2seq_additive_transducer_options additive_options = {0};
  seq2seq_additive_transducer *additive = NULL;
  EXPECT(seq2seq_additive_transducer_create(&additive_options, &additive) == SEQ2SEQ_OK);
  float encoder[3] = {0}, encoder_gradients[3];
  seq2seq_additive_transducer_batch sums = {0};
  sums.encoder = (seq2seq_tensor){encoder, SEQ2SEQ_FLOAT32, {1, 1, 3}, {3, 3, 1}};
  sums.predictor = samples.logits;
  sums.labels = samples.labels;
  seq2seq_tensor encoder_gradient = sums.encoder;
  encoder_gradient.values = encoder_gradients;
  EXPECT(seq2seq_additive_transducer_losses(additive, &sums, &loss) == SEQ2SEQ_OK);
  EXPECT(fabs(loss - log(9)) < 1e-6);
  EXPECT(seq2seq_additive_transducer_losses_and_gradients(
             additive, &sums, &loss, &encoder_gradient, &gradient) == SEQ2SEQ_OK);
  for (int i = 0; i < entries; i++) EXPECT(fabs(gradients[i] - expected[i] / 2) < 1e-6);
  EXPECT(fabs(encoder_gradients[0] - -1 / 3.0) < 1e-6);
  double again[positions * 2];
  EXPECT(seq2seq_additive_transducer_losses_and_occupancies(additive, &sums, &loss, again) ==
         SEQ2SEQ_OK);
  for (int i = 0; i < positions * 2; i++) EXPECT(fabs(again[i] - occupancies[i]) < 1e-6);
  EXPECT(seq2seq_additive_transducer_losses_gradients_and_occupancies(
             additive, &sums, &loss, &encoder_gradient, &gradient, again) == SEQ2SEQ_OK);
  int64_t starts[1], kept = 0, one[1] = {1};
  EXPECT(seq2seq_transducer_pruning_bounds(1, 1, positions, again, one, length, 2,
                                           SEQ2SEQ_TRANSDUCER_STANDARD, starts, &kept) ==
         SEQ2SEQ_OK);
  EXPECT(starts[0] == 0 && kept == 2);

  /* Mistakes. */
  EXPECT_ERROR(seq2seq_transducer_losses(NULL, &samples, &loss), "transducer: NULL");
  EXPECT_ERROR(seq2seq_transducer_losses(transducer, NULL, &loss), "batch: NULL");
  EXPECT_ERROR(seq2seq_transducer_losses(transducer, &samples, NULL), "losses: NULL");
  samples.positions = 3;
  EXPECT_ERROR(seq2seq_transducer_losses(transducer, &samples, &loss),
               "positions: 3 in 2 rows a sample");
  samples.positions = 0;
  EXPECT_ERROR(seq2seq_transducer_losses(transducer, &samples, &loss),
               "logit_lengths: NULL for rows without padding");
  options.wildcard = 3;
  seq2seq_transducer *none = NULL;
  EXPECT_ERROR(seq2seq_transducer_create(&options, &none), "wildcard: 3 is no wildcard");
  options.wildcard = SEQ2SEQ_WILDCARD_NONE;
  options.threads = -1;
  EXPECT_ERROR(seq2seq_transducer_create(&options, &none), "threads: -1 is negative");
  EXPECT(none == NULL);
  int64_t too_many[1] = {2};
  sums.encoder_lengths = too_many;
  EXPECT_ERROR(seq2seq_additive_transducer_losses(additive, &sums, &loss),
               "encoder_lengths, sample 0: 2 is outside 0...1");
  seq2seq_transducer_destroy(transducer);
  seq2seq_additive_transducer_destroy(additive);
  EXPECT_ERROR(seq2seq_additive_transducer_losses(additive, &sums, &loss),
               "transducer: destroyed, or no handle of this kind");
}

int main(void) {
  seq2seq_ctc *ctc = NULL;
  seq2seq_ctc_options options = {0, SEQ2SEQ_CLASSIC, SEQ2SEQ_LOGITS, 1};
  EXPECT(seq2seq_ctc_create(&options, &ctc) == SEQ2SEQ_OK);
  EXPECT(strlen(seq2seq_version()) >= 5);
  EXPECT(strlen(seq2seq_kernel()) >= 4);
  EXPECT(strcmp(seq2seq_topology_name(SEQ2SEQ_NO_BLANK), "no_blank") == 0);
  EXPECT(seq2seq_topology_name((seq2seq_topology)7) == NULL);

  /* Uniform logits. Sample 0 has the label 1, whose paths in three frames are 1__ _1_ __1 11_ _11
   * 111: six of 27. Sample 1 has no label: one path. */
  float values[count] = {0};
  seq2seq_tensor logits = {
      values, SEQ2SEQ_FLOAT32, {batch, time, vocabulary}, {time * vocabulary, vocabulary, 1}};
  int64_t matrix[batch * 2] = {1, -1, -1, -1};
  int64_t lengths[batch] = {1, 0};
  seq2seq_labels labels = {matrix, batch * 2, lengths, batch, 2};
  seq2seq_ctc_batch samples = {logits, NULL, labels};
  double losses[batch];
  EXPECT(seq2seq_ctc_losses(ctc, &samples, losses) == SEQ2SEQ_OK);
  EXPECT(fabs(losses[0] - log(27.0 / 6)) < 1e-7);
  EXPECT(fabs(losses[1] - log(27.0)) < 1e-7);

  /* The same, time-major and against the direction of the vocabulary, labels one after the other. */
  seq2seq_ctc_batch flipped = samples;
  flipped.logits.values = values + 2;
  flipped.logits.strides[0] = vocabulary;
  flipped.logits.strides[1] = batch * vocabulary;
  flipped.logits.strides[2] = -1;
  flipped.labels = (seq2seq_labels){matrix, 1, lengths, batch, -1};
  float gradients[count];
  seq2seq_tensor gradient = logits;
  gradient.values = gradients;
  double weights[batch] = {1, -2};
  EXPECT(seq2seq_ctc_losses_and_gradient(ctc, &flipped, weights, losses, &gradient) == SEQ2SEQ_OK);
  EXPECT(fabs(losses[0] - log(27.0 / 6)) < 1e-7);
  /* Of the six paths, frame 1 emits the label in four and the blank in two. */
  EXPECT(fabs(gradients[3] - (1.0 / 3 - 2.0 / 6)) < 1e-6);
  EXPECT(fabs(gradients[4] - (1.0 / 3 - 4.0 / 6)) < 1e-6);
  EXPECT(fabs(gradients[9] - -2 * (1.0 / 3 - 1)) < 1e-6);
  /* With an exponent of 0 the focal loss is the loss. */
  double focal[batch];
  EXPECT(seq2seq_ctc_focal_losses_and_gradient(ctc, &samples, 0, NULL, focal, &gradient) ==
         SEQ2SEQ_OK);
  EXPECT(fabs(focal[0] - losses[0]) < 1e-7);

  float products[count], occupancies[count], hessian[count / batch * count];
  seq2seq_tensor product = logits, occupancy = logits;
  product.values = products;
  occupancy.values = occupancies;
  EXPECT(seq2seq_ctc_hessians(ctc, &samples, hessian, count / batch * count) == SEQ2SEQ_OK);
  EXPECT(seq2seq_ctc_hessian_vector_products(ctc, &samples, &gradient, &product) == SEQ2SEQ_OK);
  for (int row = 0; row < 9; ++row) {
    double sum = 0;
    for (int column = 0; column < 9; ++column) sum += hessian[row * 9 + column] * gradients[column];
    EXPECT(fabs(sum - products[row]) < 1e-6);
  }
  EXPECT(seq2seq_ctc_occupancies(ctc, &samples, &occupancy) == SEQ2SEQ_OK);
  EXPECT(fabs(occupancies[4] - 4.0 / 6) < 1e-6);
  double entropies[batch];
  EXPECT(seq2seq_ctc_entropies(ctc, &samples, entropies) == SEQ2SEQ_OK);
  EXPECT(fabs(entropies[0] - log(6.0)) < 1e-12 && entropies[1] == 0);

  values[4] = 5; /* Frame 1 of sample 0 is sure of the label. */
  int64_t frames[batch] = {2, 0};
  int64_t tokens[batch * time * 4], indices[batch * time * 4];
  double scores[batch * 4];
  seq2seq_ctc_alignments alignments = {tokens, indices, scores};
  samples.logit_lengths = frames;
  EXPECT(seq2seq_ctc_best_alignments(ctc, &samples, &alignments) == SEQ2SEQ_OK);
  EXPECT(tokens[0] == 0 && tokens[1] == 1 && tokens[2] == -1 && tokens[3] == -1);
  EXPECT(indices[0] == -1 && indices[1] == 0 && indices[2] == -1 && scores[1] == 0);
  int64_t shape_lengths[batch] = {time, time};
  samples.logit_lengths = shape_lengths;
  EXPECT(seq2seq_ctc_sampled_alignments(ctc, &samples, 4, 7, &alignments) == SEQ2SEQ_OK);
  for (int draw = 0; draw < 4; ++draw) {
    int labels_seen = 0;
    for (int t = 0; t < time; ++t) labels_seen += indices[draw * time + t] == 0;
    EXPECT(labels_seen > 0 && scores[draw] < 0);
  }
  double alpha[batch * 4 * 3], beta[batch * 4 * 3], gamma[batch * 12 * 12], logs[count];
  EXPECT(seq2seq_ctc_lattice_variables(ctc, &samples, 3, alpha, beta, gamma, logs) == SEQ2SEQ_OK);
  EXPECT(seq2seq_ctc_losses(ctc, &samples, losses) == SEQ2SEQ_OK);
  EXPECT(fabs(beta[0] + losses[0]) < 1e-6);
  EXPECT(fabs(exp(logs[0]) + exp(logs[1]) + exp(logs[2]) - 1) < 1e-12);
  EXPECT(gamma[0 * 12 + 3 * 3 + 2] == alpha[3 * 3 + 2]);

  /* Two hypotheses of one sample: [1] and []. The reference is [1]. */
  int64_t hypothesis_lengths[3] = {1, 0, 0}, hypothesis_counts[batch] = {2, 1};
  double hypothesis_risks[3] = {0, 1, 1}, risk_values[batch];
  seq2seq_expected_risk risk = {
      {matrix, 1, hypothesis_lengths, 3, -1}, hypothesis_counts, batch, hypothesis_risks, NULL, 1, 0, 0};
  EXPECT(seq2seq_ctc_expected_risks(ctc, &samples, &risk, risk_values) == SEQ2SEQ_OK);
  EXPECT(risk_values[0] > 0 && risk_values[0] < 1 && risk_values[1] == 1);

  samples.logits.values = NULL;
  samples.logit_lengths = frames;
  EXPECT(seq2seq_ctc_validate(ctc, &samples) == SEQ2SEQ_OK);

  /* Mistakes. */
  EXPECT_ERROR(seq2seq_ctc_validate(ctc, NULL), "batch: NULL");
  samples.logits.shape[2] = 1;
  EXPECT_ERROR(seq2seq_ctc_validate(ctc, &samples),
               "labels, sample 0, position 0: 1 is outside 0..<1");
  options.topology = 9;
  EXPECT_ERROR(seq2seq_ctc_create(&options, &ctc), "topology: 9 is no topology");
  EXPECT_ERROR(seq2seq_ctc_create(NULL, &ctc), "options: NULL");
  EXPECT_ERROR(seq2seq_ctc_create(&options, NULL), "result: NULL");
  samples = (seq2seq_ctc_batch){logits, NULL, labels};
  EXPECT_ERROR(seq2seq_ctc_losses(NULL, &samples, losses), "ctc: NULL");
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &samples, NULL), "losses: NULL");
  EXPECT_ERROR(seq2seq_ctc_best_alignments(ctc, &samples, NULL), "alignments: NULL");
  EXPECT_ERROR(seq2seq_ctc_expected_risks(ctc, &samples, NULL, losses), "risk: NULL");
  hypothesis_counts[0] = 3;
  EXPECT_ERROR(seq2seq_ctc_expected_risks(ctc, &samples, &risk, losses),
               "counts, sample 1: 1 of 0 that are left");
  EXPECT_ERROR(seq2seq_ctc_focal_losses_and_gradient(ctc, &samples, -1, NULL, losses, &gradient),
               "focus: -1.0 is not a finite number of 0 or more");
  matrix[0] = 3;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &samples, losses),
               "labels, sample 0, position 0: 3 is outside 0..<3");
  matrix[0] = 1;
  lengths[1] = 3;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &samples, losses),
               "labels.lengths, sample 1: 3 is outside 0...2");
  lengths[1] = 0;
  frames[1] = 4;
  samples.logit_lengths = frames;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &samples, losses),
               "logit_lengths, sample 1: 4 is outside 0...3");
  samples.logit_lengths = NULL;
  seq2seq_ctc_batch wrong = samples;
  wrong.logits.element = 11;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &wrong, losses), "logits: 11 is no element type");
  wrong = samples;
  wrong.logits.shape[1] = -1;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &wrong, losses), "logits: -1 is negative");
  wrong = samples;
  wrong.logits.strides[0] = INT64_MIN;
  EXPECT(seq2seq_ctc_losses(ctc, &wrong, losses) == SEQ2SEQ_INVALID_ARGUMENT);
  wrong = samples;
  wrong.logits.values = (char *)values + 1;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &wrong, losses),
               "logits: values are not aligned to 4 bytes");
  wrong.logits.values = NULL;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &wrong, losses), "logits: values are NULL");
  seq2seq_tensor other = gradient;
  other.strides[0] = 0;
  EXPECT(seq2seq_ctc_losses_and_gradient(ctc, &samples, NULL, losses, &other) ==
         SEQ2SEQ_INVALID_ARGUMENT);
  other = gradient;
  other.element = SEQ2SEQ_FLOAT64;
  EXPECT_ERROR(seq2seq_ctc_losses_and_gradient(ctc, &samples, NULL, losses, &other),
               "gradient: of another element type than its input");
  EXPECT_ERROR(seq2seq_ctc_losses_and_gradient(ctc, &samples, NULL, losses, NULL),
               "gradient: NULL");
  EXPECT_ERROR(seq2seq_ctc_losses_and_gradient(ctc, &samples, NULL, losses, &samples.logits),
               "gradient: the memory of the logits");
  EXPECT_ERROR(seq2seq_ctc_lattice_variables(ctc, &samples, 2, alpha, beta, gamma, NULL),
               "states: 2 where 3 are needed");
  EXPECT(seq2seq_ctc_hessians(ctc, &samples, hessian, 1) == SEQ2SEQ_INVALID_ARGUMENT);

  seq2seq_ctc_destroy(ctc);
  seq2seq_ctc_destroy(NULL);
  transducer_losses();
  transducers();
  if (failures == 0) printf("all well\n");
  return failures;
}
