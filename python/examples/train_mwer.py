"""Fine-tunes a network that was trained with CTC: once by minimum word error rate training, once by more CTC steps.

    python train_mwer.py                           # strings of handwritten digits, five seeds
    python train_mwer.py --data logits.npz         # a linear adapter on posteriors of any model

For each seed, two runs begin with the same network and see the same strings in the same order, with the same optimizer
and learning rates. One continues with the CTC loss, the other uses the expected edit distance of the hypotheses that
beam search finds. Both are evaluated by greedy decoding, on strings of images that no training string contains.

`--data` takes an archive of `logits` [batch, time, vocabulary], `lengths` [batch], `labels` [batch, width] (padded
with -1) and `blank`. Half of the samples, chosen by the seed, train a linear map of the logits that begins as the
identity. The other half is used for evaluation.
"""

import argparse
import json

import numpy as np
import torch

import swift_seq2seq_losses as seq2seq
import swift_seq2seq_losses.torch as ours


class SmallNetwork(torch.nn.Module):
    """The demo's network with fewer channels, so that it cannot memorize its training strings."""

    def __init__(self, width):
        super().__init__()
        widths = (8, width, width, width)
        layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [torch.nn.Conv1d(inputs, outputs, 5, padding=2), torch.nn.ReLU()]
        self.layers = torch.nn.Sequential(*layers, torch.nn.Conv1d(width, 11, 1))
        for layer in self.layers[::2]:
            torch.nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            torch.nn.init.zeros_(layer.bias)

    def forward(self, images):
        """Logits `[columns, batch, vocabulary]` of images `[batch, columns, 8]`."""
        return self.layers(images.transpose(1, 2)).permute(2, 0, 1)


class Strings:
    """Strings of digits, and the network that reads them."""

    def __init__(self, options):
        from digit_strings import BLANK, DigitStrings
        from train_torch import Network

        self.blank, self.options = BLANK, options
        self.training = DigitStrings(held_out=False)
        self.network = Network if options.width == 48 else lambda: SmallNetwork(options.width)
        # The same 1,000 strings for every seed.
        self.held_out = [self.part(next(DigitStrings(held_out=True).batches(1, 1000)))]
        self.seen = [self.part(next(self.training.batches(999, 1000)))]

    @staticmethod
    def part(batch):
        references = [row[:n].tolist() for row, n in zip(batch.digits, batch.lengths)]
        return torch.from_numpy(batch.images), torch.from_numpy(batch.columns), references

    def start(self, seed):
        """A network that CTC has trained."""
        torch.manual_seed(seed)
        network = self.network()
        train(
            network, ctc_loss, self.batches(seed), self.options.steps, self.options.rate, self.blank
        )
        return network

    def batches(self, seed):
        for batch in self.training.batches(seed, 32):
            yield self.part(batch)


class Adapter(torch.nn.Module):
    """A linear map of logits, the identity at first: of all, or of each by itself."""

    def __init__(self, vocabulary, is_diagonal):
        super().__init__()
        ones = torch.ones(vocabulary)
        self.weight = torch.nn.Parameter(ones if is_diagonal else torch.diag(ones))
        self.bias = torch.nn.Parameter(torch.zeros(vocabulary))

    def forward(self, logits):
        mapped = logits * self.weight if self.weight.dim() == 1 else logits @ self.weight
        return (mapped + self.bias).transpose(0, 1)


class Posteriors:
    """Posteriors of a model, to which a linear map is added."""

    def __init__(self, path, options):
        data = np.load(path)
        self.logits = torch.from_numpy(data["logits"].astype(np.float32))
        self.lengths = torch.from_numpy(data["lengths"].astype(np.int64))
        self.labels = [row[row >= 0].tolist() for row in data["labels"]]
        self.blank, self.options = int(data["blank"]), options

    def network(self):
        return Adapter(self.logits.shape[2], self.options.diagonal)

    def part(self, rows):
        return self.logits[rows], self.lengths[rows], [self.labels[row] for row in rows]

    def start(self, seed):
        order = np.random.default_rng(seed).permutation(len(self.labels))
        half = len(order) // 2
        self.rows, rest = order[:half], order[half:]
        self.held_out, self.seen = [self.part(rest)], [self.part(self.rows)]
        network = self.network()
        if self.options.steps:
            train(
                network, ctc_loss, self.batches(seed), self.options.steps, self.options.rate,
                self.blank,
            )
        return network

    def batches(self, seed):
        random = np.random.default_rng(seed)
        while True:
            yield self.part(random.choice(self.rows, size=min(16, len(self.rows)), replace=False))


def ctc_loss(logits, references, lengths, blank):
    """The CTC loss, a mean over the batch."""
    labels = torch.tensor([label for reference in references for label in reference])
    counts = torch.tensor([len(reference) for reference in references])
    losses = ours.ctc_loss_from_logits(
        logits, labels, lengths, counts, blank, reduction="sum", zero_infinity=True
    )
    return losses / len(references)


def mwer_loss(options):
    """The expected number of errors, and a part of the CTC loss."""

    def loss(logits, references, lengths, blank):
        return ours.mwer_loss_from_references(
            logits, references, lengths, blank, nbest=options.nbest, include_reference=True,
            score_scale=options.score_scale, reference_weight=options.reference_weight,
        )

    return loss


def train(network, loss, batches, steps, rate, blank):
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _, (inputs, lengths, references) in zip(range(steps), batches):
        value = loss(network(inputs), references, lengths, blank)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()


def error_rates(network, parts, blank):
    """The rates, in per cent, of wrong labels and of samples with any, read greedily."""
    errors = labels = wrong = samples = 0
    for inputs, lengths, references in parts:
        with torch.no_grad():
            logits = network(inputs).transpose(0, 1).contiguous().numpy()
        found = seq2seq.ctc_greedy_decode(logits, lengths.numpy(), blank=blank)
        for reference, hypothesis in zip(references, found):
            distance = seq2seq.edit_distance(reference, hypothesis.tokens)
            errors += distance
            wrong += distance > 0
            labels += len(reference)
            samples += 1
    return 100 * errors / labels, 100 * wrong / samples


def copy_of(network, data):
    other = data.network()
    other.load_state_dict(network.state_dict())
    return other


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="an archive of posteriors; strings of digits unless given")
    parser.add_argument("--width", type=int, default=48, help="channels of the network for digits")
    parser.add_argument("--diagonal", action="store_true", help="an adapter of two numbers a token")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--steps", type=int, help="of CTC first; 1,500, or 100 with --data")
    parser.add_argument("--more", type=int, default=300, help="steps of either loss then")
    parser.add_argument("--rate", type=float, default=4e-3, help="of learning first")
    parser.add_argument("--second-rate", type=float, default=1e-3)
    parser.add_argument("--nbest", type=int, default=16)
    parser.add_argument("--score-scale", type=float, default=1.0)
    parser.add_argument("--reference-weight", type=float, default=0.01)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.steps is None:
        options.steps = 100 if options.data else 1500
    data = Posteriors(options.data, options) if options.data else Strings(options)
    rows = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        network = data.start(seed)
        def rates_of(network):
            held_out, seen = (
                error_rates(network, parts, data.blank) for parts in (data.held_out, data.seen)
            )
            return (*held_out, seen[0])

        rates = {"start": rates_of(network)}
        for name, loss in (("ctc", ctc_loss), ("mwer", mwer_loss(options))):
            other = copy_of(network, data)
            train(
                other, loss, data.batches(1000 + seed), options.more, options.second_rate, data.blank
            )
            rates[name] = rates_of(other)
        rows.append(rates)
        print(json.dumps({"seed": seed, **rates}), flush=True)
    print("per cent, mean and standard error over seeds: held-out labels, held-out samples, training labels")
    for name in ("start", "ctc", "mwer"):
        values = np.array([row[name] for row in rows])
        error = values.std(0, ddof=1) / len(rows) ** 0.5 if len(rows) > 1 else 0 * values[0]
        print(f"{name:6}" + "".join(f"  {m:7.3f} ± {e:.3f}" for m, e in zip(values.mean(0), error)))
    change = np.array([np.subtract(row["mwer"], row["ctc"]) for row in rows])
    error = change.std(0, ddof=1) / len(rows) ** 0.5 if len(rows) > 1 else 0 * change[0]
    print("mwer - ctc" + "".join(f"  {m:+.3f} ± {e:.3f}" for m, e in zip(change.mean(0), error)))


if __name__ == "__main__":
    main()
