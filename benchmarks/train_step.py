"""Images per second of a training step, what its parts take, and ratios to PyTorch networks of `transformers`.

    KERAS_BACKEND=tensorflow python benchmarks/train_step.py
    KERAS_BACKEND=jax python benchmarks/train_step.py --networks mobilevitv3_xxs --shapes 16x160 --rounds 10

A step is made of four parts, one after the other; in `fit` the input of the next step overlaps with the others.

- input: decoding, random crop and flip of JPEG files in memory by the training pipeline, and the copy to the backend;
- forward: the network in training mode and the label-smoothed cross-entropy;
- backward: the gradients of all weights;
- update: AdamW and the moving averages of all weights.

With TensorFlow and JAX a whole step is one program. So three programs are compiled and timed, each with all of the one
before it: forward, gradients and `train_on_batch` with the averages. Backward is gradients - forward, update is step -
gradients: what a program saves by being whole counts for its last part. PyTorch runs eagerly, each part is timed.

The networks of `transformers` have random weights and do the same on the same images, ready in PyTorch's layout, with
`torch.optim.AdamW` and `torch.optim.swa_utils`. They and ours take turns within each round, so that a slower moment of
the machine meets both; the input is ours for both. Even so, measure on a CPU that has nothing else to do: PyTorch's
threads wait for each other and lose far more to other processes than those of TensorFlow and JAX.
"""

import argparse
import os
import re
import sys
from dataclasses import astuple, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from itertools import product
from pathlib import Path

# A GPU is shared with the other libraries of this process.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
sys.path.insert(0, str(Path(__file__).parent.parent))  # for `training`, which is not installed

from backend_device import BACKEND, accelerated  # noqa: E402
from our_step import build, our_calls  # noqa: E402
from step_settings import PRECISIONS  # noqa: E402
from timing import cpu_threads, interleaved_medians, machine  # noqa: E402
from training_input import measure_input, to_backend  # noqa: E402
from transformers_step import COUNTERPARTS, build_counterpart, their_calls, torch_device  # noqa: E402

from keras_mobilevitv3 import VARIANTS  # noqa: E402


@dataclass(frozen=True)
class Parts:
    """Seconds of the parts of a step."""

    input: float
    forward: float
    backward: float
    update: float

    @property
    def step(self):
        return sum(astuple(self))


def split(medians):
    """The `Parts`, but for the input, from the medians of `our_calls` or `their_calls`."""
    if "step" not in medians:
        return medians["forward"], medians["backward"], medians["update"]
    forward, gradients, step = medians["forward"], medians["gradients"], medians["step"]
    return forward, gradients - forward, step - gradients


def measure(network, counterpart, shape, precision, rounds, warm_up):
    """Measures a network and, unless it is `None`, a PyTorch network.

    Args:
        network: Id or `BackboneConfig`.
        counterpart: `torch.nn.Module` from images to an object with `logits`, or `None`.
        shape: Pair of integers, images in a batch and their height and width.
        precision: String, one of `PRECISIONS`.
        rounds: Integer, timed rounds.
        warm_up: Integer, rounds before them.

    Returns:
        Tuple of `Parts` of the network, and of the PyTorch network or `None`.
    """
    input_seconds, batch = measure_input(*shape, rounds)
    sides = {"ours": our_calls(*build(network, shape[1], precision), *to_backend(batch))}
    if counterpart is not None:
        sides["theirs"] = their_calls(counterpart, *batch, precision)
    calls = {(side, name): call for side, calls in sides.items() for name, call in calls.items()}
    medians = interleaved_medians(calls, rounds, warm_up)
    parts = {
        side: Parts(input_seconds, *split({name: medians[side, name] for name in calls}))
        for side, calls in sides.items()
    }
    return parts["ours"], parts.get("theirs")


def line(name, shape, precision, parts, other=None):
    """One line of the table; `other` are the parts of the network to compare with."""
    shares = "".join(f"{part * 1e3:>9.1f}{part / parts.step:>5.0%}" for part in astuple(parts))
    ratios = ""
    if other is not None:
        without_input = (other.step - other.input) / (parts.step - parts.input)
        ratios = f"{other.step / parts.step:>8.2f}{without_input:>10.2f}"
    text = f"{name:<20}{'{}x{}'.format(*shape):<9}{precision:<16}{shape[0] / parts.step:>9.1f}{parts.step * 1e3:>10.1f}"
    return text + shares + ratios


HEADER = (
    f"{'network':<20}{'batch':<9}{'precision':<16}{'images/s':>9}{'step (ms)':>10}{'input':>14}{'forward':>14}"
    f"{'backward':>14}{'update':>14}{'ratio':>8}{'no input':>10}"
)
LEGEND = (
    "images/s: of a whole step, its parts one after the other. ratio: images per second of the network to those of\n"
    "the PyTorch network below it. no input: the same for steps on batches that are ready."
)


def batch_shape(text):
    """The pair of `--shapes`, from a text as `16x160`."""
    if not re.fullmatch(r"[1-9]\d*x[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"must be a batch and a size, as 16x160. Received: {text}")
    return tuple(map(int, text.split("x")))


def parse(argv):
    parser = argparse.ArgumentParser(
        description="Training throughput.", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--networks", nargs="+", default=["mobilevitv3_xxs", "mobilevitv3_050"], help="ids")
    parser.add_argument(
        "--shapes", nargs="+", type=batch_shape, default=["16x160", "32x256"], help="images in a batch x their size"
    )
    parser.add_argument(
        "--precision",
        nargs="+",
        choices=PRECISIONS,
        default=list(PRECISIONS) if accelerated() else ["float32"],
        help="all on an accelerator; half precision is slow on most CPUs",
    )
    parser.add_argument("--rounds", type=int, default=10, help="timed rounds")
    parser.add_argument("--warm-up", type=int, default=2, help="rounds before the timed ones")
    parser.add_argument("--no-transformers", action="store_true", help="without the networks of transformers")
    arguments = parser.parse_args(argv)
    unknown = [name for name in arguments.networks if name not in VARIANTS]
    if unknown:
        parser.error(f"--networks must be of {', '.join(VARIANTS)}. Received: {', '.join(unknown)}")
    if not (arguments.no_transformers or find_spec("transformers")):
        parser.error(
            'install transformers with `pip install -c constraints.txt -e ".[benchmark]"`, or --no-transformers'
        )
    arguments.shapes = [batch_shape(shape) if isinstance(shape, str) else shape for shape in arguments.shapes]
    return arguments


def print_versions(with_transformers):
    print(machine())
    libraries = dict.fromkeys([BACKEND, *(["torch", "transformers"] if with_transformers else [])])
    devices = f"{BACKEND} on {'an accelerator' if accelerated() else 'the CPU'}"
    if with_transformers:
        devices += f", transformers on {torch_device()}"
    print(", ".join(f"{name} {version(name)}" for name in libraries) + f"; {devices}")


def main(argv=None):
    arguments = parse(argv)
    if not arguments.no_transformers:
        import torch

        torch.set_num_threads(cpu_threads())
    print_versions(not arguments.no_transformers)
    print(f"medians of {arguments.rounds} rounds; each part in ms and as a share of the step")
    print(HEADER)
    for network, shape, precision in product(arguments.networks, arguments.shapes, arguments.precision):
        name = None if arguments.no_transformers else COUNTERPARTS.get(network)
        counterpart = name and build_counterpart(name)
        ours, theirs = measure(network, counterpart, shape, precision, arguments.rounds, arguments.warm_up)
        print(line(network, shape, precision, ours, theirs), flush=True)
        if theirs:
            print(line(f"  {name}", shape, precision, theirs), flush=True)
    print(LEGEND)


if __name__ == "__main__":
    main()
