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

int main(void) {
  seq2seq_ctc *ctc = NULL;
  EXPECT(seq2seq_ctc_create(0, SEQ2SEQ_CLASSIC, SEQ2SEQ_LOGITS, 1, &ctc) == SEQ2SEQ_OK);
  EXPECT(strlen(seq2seq_version()) >= 5);
  EXPECT(strlen(seq2seq_kernel()) >= 4);

  /* Uniform logits. Sample 0 has the label 1, whose paths in three frames are 1__ _1_ __1 11_ _11
   * 111: six of 27. Sample 1 has no label: one path. */
  float values[count] = {0};
  seq2seq_tensor logits = {
      values, SEQ2SEQ_FLOAT32, {batch, time, vocabulary}, {time * vocabulary, vocabulary, 1}};
  int64_t matrix[batch * 2] = {1, -1, -1, -1};
  int64_t lengths[batch] = {1, 0};
  seq2seq_labels labels = {matrix, batch * 2, lengths, batch, 2};
  double losses[batch];
  EXPECT(seq2seq_ctc_losses(ctc, &logits, NULL, &labels, losses) == SEQ2SEQ_OK);
  EXPECT(fabs(losses[0] - log(27.0 / 6)) < 1e-7);
  EXPECT(fabs(losses[1] - log(27.0)) < 1e-7);

  /* The same, time-major and against the direction of the vocabulary, labels one after the other. */
  seq2seq_tensor flipped = logits;
  flipped.values = values + 2;
  flipped.strides[0] = vocabulary;
  flipped.strides[1] = batch * vocabulary;
  flipped.strides[2] = -1;
  seq2seq_labels packed = {matrix, 1, lengths, batch, -1};
  float gradients[count];
  seq2seq_tensor gradient = logits;
  gradient.values = gradients;
  double weights[batch] = {1, -2};
  EXPECT(seq2seq_ctc_losses_and_gradient(ctc, &flipped, NULL, &packed, weights, losses,
                                         &gradient) == SEQ2SEQ_OK);
  EXPECT(fabs(losses[0] - log(27.0 / 6)) < 1e-7);
  /* Of the six paths, frame 1 emits the label in four and the blank in two. */
  EXPECT(fabs(gradients[3] - (1.0 / 3 - 2.0 / 6)) < 1e-6);
  EXPECT(fabs(gradients[4] - (1.0 / 3 - 4.0 / 6)) < 1e-6);
  EXPECT(fabs(gradients[9] - -2 * (1.0 / 3 - 1)) < 1e-6);

  float products[count], occupancies[count], hessian[count / batch * count];
  seq2seq_tensor product = logits, occupancy = logits;
  product.values = products;
  occupancy.values = occupancies;
  EXPECT(seq2seq_ctc_hessian(ctc, &logits, NULL, &labels, hessian, count / batch * count) ==
         SEQ2SEQ_OK);
  EXPECT(seq2seq_ctc_hessian_vector_product(ctc, &logits, NULL, &labels, &gradient, &product) ==
         SEQ2SEQ_OK);
  for (int row = 0; row < 9; ++row) {
    double sum = 0;
    for (int column = 0; column < 9; ++column) sum += hessian[row * 9 + column] * gradients[column];
    EXPECT(fabs(sum - products[row]) < 1e-6);
  }
  EXPECT(seq2seq_ctc_occupancies(ctc, &logits, NULL, &labels, &occupancy) == SEQ2SEQ_OK);
  EXPECT(fabs(occupancies[4] - 4.0 / 6) < 1e-6);
  double entropies[batch];
  EXPECT(seq2seq_ctc_entropies(ctc, &logits, NULL, &labels, entropies) == SEQ2SEQ_OK);
  EXPECT(fabs(entropies[0] - log(6.0)) < 1e-12 && entropies[1] == 0);

  values[4] = 5; /* Frame 1 of sample 0 is sure of the label. */
  int64_t frames[batch] = {2, 0};
  int64_t tokens[batch * time * 4], indices[batch * time * 4];
  double scores[batch * 4];
  EXPECT(seq2seq_ctc_best_alignments(ctc, &logits, frames, &labels, tokens, indices, scores) ==
         SEQ2SEQ_OK);
  EXPECT(tokens[0] == 0 && tokens[1] == 1 && tokens[2] == -1 && tokens[3] == -1);
  EXPECT(indices[0] == -1 && indices[1] == 0 && indices[2] == -1 && scores[1] == 0);
  EXPECT(seq2seq_ctc_sampled_alignments(ctc, &logits, NULL, &labels, 4, 7, tokens, indices,
                                        scores) == SEQ2SEQ_OK);
  for (int draw = 0; draw < 4; ++draw) {
    int labels_seen = 0;
    for (int t = 0; t < time; ++t) labels_seen += indices[draw * time + t] == 0;
    EXPECT(labels_seen > 0 && scores[draw] < 0);
  }
  double alpha[batch * 4 * 3], beta[batch * 4 * 3], gamma[batch * 12 * 12], logs[count];
  EXPECT(seq2seq_ctc_lattice_variables(ctc, &logits, NULL, &labels, 3, alpha, beta, gamma,
                                       logs) ==
         SEQ2SEQ_OK);
  EXPECT(seq2seq_ctc_losses(ctc, &logits, NULL, &labels, losses) == SEQ2SEQ_OK);
  EXPECT(fabs(beta[0] + losses[0]) < 1e-6);
  EXPECT(fabs(exp(logs[0]) + exp(logs[1]) + exp(logs[2]) - 1) < 1e-12);
  EXPECT(gamma[0 * 12 + 3 * 3 + 2] == alpha[3 * 3 + 2]);

  int64_t shape[3] = {batch, time, vocabulary};
  EXPECT(seq2seq_ctc_validate(ctc, shape, frames, &labels) == SEQ2SEQ_OK);

  /* Mistakes. */
  EXPECT_ERROR(seq2seq_ctc_validate(ctc, NULL, frames, &labels), "shape: NULL");
  shape[2] = 1;
  EXPECT_ERROR(seq2seq_ctc_validate(ctc, shape, frames, &labels),
               "labels, sample 0, position 0: 1 is outside 0..<1");
  EXPECT_ERROR(seq2seq_ctc_create(0, 9, SEQ2SEQ_LOGITS, 1, &ctc), "topology: 9 is no topology");
  EXPECT_ERROR(seq2seq_ctc_losses(NULL, &logits, NULL, &labels, losses), "ctc: NULL");
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, NULL, NULL, &labels, losses), "logits: NULL");
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &logits, NULL, NULL, losses), "labels: NULL");
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &logits, NULL, &labels, NULL), "losses: NULL");
  matrix[0] = 3;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &logits, NULL, &labels, losses),
               "labels, sample 0, position 0: 3 is outside 0..<3");
  matrix[0] = 1;
  lengths[1] = 3;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &logits, NULL, &labels, losses),
               "label_lengths, sample 1: 3 is outside 0...2");
  lengths[1] = 0;
  frames[1] = 4;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &logits, frames, &labels, losses),
               "logit_lengths, sample 1: 4 is outside 0...3");
  seq2seq_tensor wrong = logits;
  wrong.element = 11;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &wrong, NULL, &labels, losses),
               "logits: 11 is no element type");
  wrong = logits;
  wrong.shape[1] = -1;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &wrong, NULL, &labels, losses), "logits: -1 is negative");
  wrong = logits;
  wrong.strides[0] = INT64_MIN;
  EXPECT(seq2seq_ctc_losses(ctc, &wrong, NULL, &labels, losses) == SEQ2SEQ_INVALID_ARGUMENT);
  wrong = logits;
  wrong.values = (char *)values + 1;
  EXPECT_ERROR(seq2seq_ctc_losses(ctc, &wrong, NULL, &labels, losses),
               "logits: values are not aligned to 4 bytes");
  wrong = gradient;
  wrong.strides[0] = 0;
  EXPECT(seq2seq_ctc_losses_and_gradient(ctc, &logits, NULL, &labels, NULL, losses, &wrong) ==
         SEQ2SEQ_INVALID_ARGUMENT);
  wrong = gradient;
  wrong.element = SEQ2SEQ_FLOAT64;
  EXPECT_ERROR(seq2seq_ctc_losses_and_gradient(ctc, &logits, NULL, &labels, NULL, losses, &wrong),
               "gradient: Double where the logits are Float");
  EXPECT_ERROR(seq2seq_ctc_lattice_variables(ctc, &logits, NULL, &labels, 2, alpha, beta, gamma,
                                             NULL),
               "states: 2 where 3 are needed");
  EXPECT(seq2seq_ctc_hessian(ctc, &logits, NULL, &labels, hessian, 1) == SEQ2SEQ_INVALID_ARGUMENT);

  seq2seq_ctc_destroy(ctc);
  seq2seq_ctc_destroy(NULL);
  if (failures == 0) printf("all well\n");
  return failures;
}
