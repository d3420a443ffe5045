"""Trains a small network to read strings of handwritten digits, with PyTorch's CTC loss or with ours.

    python train_torch.py --loss ours
    python train_torch.py --loss pytorch
    torchrun --nproc-per-node 2 train_torch.py --loss ours

The two losses differ only in one import. With the same seed, all runs see the same strings in the same order, in one
process or in several. With several, each process computes its part of every batch.
"""

import argparse
import json
import os
import time

import numpy as np
import torch
import torch.distributed as distributed
import torch.nn.functional as F
from digit_strings import BLANK, SIZE, VOCABULARY, DigitStrings, character_errors
from torch import nn

import swift_seq2seq_losses.torch as ours


class Network(nn.Module):
    """Convolutions along the columns: about 33,000 parameters, and a receptive field of 17 columns."""

    def __init__(self):
        super().__init__()
        widths = (SIZE, 32, 48, 48, 48)
        layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [nn.Conv1d(inputs, outputs, 5, padding=2), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Conv1d(widths[-1], VOCABULARY, 1))
        for layer in self.layers[::2]:
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, images):
        """Logits `[columns, batch, vocabulary]` of images `[batch, columns, 8]`."""
        return self.layers(images.transpose(1, 2)).permute(2, 0, 1)


def pytorch_loss(logits, *arguments):
    return F.ctc_loss(logits.log_softmax(-1), *arguments, blank=BLANK, reduction="sum")


def our_loss(logits, *arguments):
    return ours.ctc_loss_from_logits(logits, *arguments, blank=BLANK, reduction="sum")


LOSSES = {"pytorch": pytorch_loss, "ours": our_loss}


def train(loss, steps, batch_size, seed, dtype, gradient_file=None):
    """The losses of all steps, the seconds of each, and the trained network."""
    processes = distributed.get_world_size() if distributed.is_initialized() else 1
    rank = distributed.get_rank() if processes > 1 else 0
    if batch_size % processes:
        raise SystemExit(f"A batch of {batch_size} has no equal parts for {processes} processes.")
    own = slice(rank * batch_size // processes, (rank + 1) * batch_size // processes)
    torch.manual_seed(seed)
    network = Network().to(dtype)
    model = nn.parallel.DistributedDataParallel(network) if processes > 1 else network
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    losses, seconds = [], []
    for step, batch in zip(range(steps), DigitStrings(held_out=False).batches(seed, batch_size)):
        images, columns, digits, lengths = (torch.from_numpy(part[own]) for part in batch)
        start = time.perf_counter()
        # DDP averages over the processes. The mean of equal parts' means is the mean of the batch.
        value = loss(model(images.to(dtype)), digits, columns, lengths) / (batch_size // processes)
        optimizer.zero_grad()
        value.backward()
        if step == 0 and gradient_file and rank == 0:
            gradients = [parameter.grad.numpy().ravel() for parameter in network.parameters()]
            np.save(gradient_file, np.concatenate(gradients))
        optimizer.step()
        schedule.step()
        seconds.append(time.perf_counter() - start)
        mean = value.detach()
        if processes > 1:
            distributed.all_reduce(mean)
            mean = mean / processes
        losses.append(mean.item())
    return losses, seconds, network


def character_error_rate(network, dtype):
    """On 250 strings of images that no training string contains."""
    batch = next(DigitStrings(held_out=True).batches(1, 250))
    with torch.no_grad():
        logits = network(torch.from_numpy(batch.images).to(dtype)).transpose(0, 1).numpy()
    return character_errors(logits, batch) / batch.lengths.sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loss", choices=LOSSES, default="ours")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--gradient", help="a .npy file for the first step's gradient")
    parser.add_argument("--threads", type=int, help="of PyTorch; its own choice unless given")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    if "WORLD_SIZE" in os.environ:
        distributed.init_process_group("gloo")
    dtype = getattr(torch, options.dtype)
    losses, seconds, network = train(
        LOSSES[options.loss], options.steps, options.batch_size, options.seed, dtype,
        options.gradient,
    )
    if not distributed.is_initialized() or distributed.get_rank() == 0:
        result = {
            "loss": options.loss, "losses": losses,
            "milliseconds_per_step": 1000 * float(np.median(seconds)),
            "character_error_rate": float(character_error_rate(network, dtype)),
        }
        print(json.dumps(result))
    if distributed.is_initialized():
        # Gloo's thread aborts the process if it still holds the last reduction when the group goes. This
        # barrier is not run by that thread, and waits for the first process, which measures.
        distributed.monitored_barrier()
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
