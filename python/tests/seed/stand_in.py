"""Runs the test files of tf-seq2seq-losses with our TensorFlow module under its name.

    python stand_in.py <folder of the unpacked archive>

Prints what `unittest` prints. The tests of the package's private TensorFlow helpers
(`test_tools.py`) are left out.
"""

import pathlib
import sys
import types
import unittest

import helpers
import tensorflow as tf

import swift_seq2seq_losses.tensorflow as ours


def module(name, **attributes):
    made = types.ModuleType(name)
    made.__dict__.update(attributes)
    sys.modules[name] = made
    return made


names = {name: getattr(ours, name) for name in ours.__all__}
module("tf_seq2seq_losses", __path__=[], **names)
for submodule in ("base_loss", "classic_ctc_loss", "simplified_ctc_loss"):
    module(f"tf_seq2seq_losses.{submodule}", **names)


def logit_to_logproba(logit, axis):
    """What the tests make log-probabilities with; not `tf.nn.log_softmax`, which is a rounding off."""
    return logit - tf.reduce_logsumexp(logit, axis=axis, keepdims=True)


module("tf_seq2seq_losses.tools", logit_to_logproba=logit_to_logproba)

archive = pathlib.Path(sys.argv[1])
module("tests", __path__=[str(archive / "tests")])
module("tests.common", generate_ctc_loss_inputs=helpers.generate_ctc_loss_inputs)
module(
    "tests.finite_difference",
    finite_difference_batch_jacobian=helpers.finite_difference_batch_jacobian,
)
suite = unittest.defaultTestLoader.loadTestsFromNames(
    ["tests.test_classic_ctc_loss", "tests.test_simplified_ctc_loss", "tests.test_hessian"]
)
sys.exit(not unittest.TextTestRunner(verbosity=1).run(suite).wasSuccessful())
