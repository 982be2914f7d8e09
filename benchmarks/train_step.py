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
import statistics
import sys
import time
from dataclasses import astuple, dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import product
from pathlib import Path

# A GPU is shared with the other libraries of this process.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
sys.path.insert(0, str(Path(__file__).parent.parent))  # for `training`, which is not installed

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from timing import cpu_threads, interleaved_medians, machine  # noqa: E402

from keras_mobilevitv3 import VARIANTS, build_classifier  # noqa: E402
from training.callbacks import ExponentialMovingAverage  # noqa: E402
from training.data.config import DataConfig  # noqa: E402
from training.data.epoch_plan import epoch_order  # noqa: E402
from training.data.pipeline import build_epoch  # noqa: E402
from training.optimizers import AdamW  # noqa: E402

BACKEND = keras.backend.backend()
PRECISIONS = {"float32": None, "mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}
# The nearest public PyTorch networks of equal size; MobileViTv1 and v2 are the same networks.
COUNTERPARTS = {
    "mobilevitv3_xxs": "MobileViT-XXS",
    "mobilevitv3_050": "MobileViTV2-0.5",
    "mobilevit_xxs": "MobileViT-XXS",
    "mobilevitv2_050": "MobileViTV2-0.5",
}
CLASSES, LABEL_SMOOTHING = 1000, 0.1
RATE, WEIGHT_DECAY, EMA_MOMENTUM = 2e-3, 0.01, 5e-4
PIPELINE_START, PIPELINE_STEPS = 4, 32  # the first batches of an epoch take longer and are not timed


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


class EncodedSource:
    """JPEG files in memory of about the size of those of ImageNet, as a `Source`."""

    def __init__(self, count):
        rng = np.random.default_rng(0)
        self.files = tf.stack([self._file(rng) for _ in range(32)])
        self.labels = rng.integers(0, CLASSES, count)
        self.class_names = tuple(map(str, range(CLASSES)))

    def _file(self, rng):
        shades = tf.image.resize(rng.uniform(0, 255, (12, 16, 3)), (375, 500), "bicubic")
        return tf.io.encode_jpeg(tf.saturate_cast(shades + rng.normal(0, 16, shades.shape), tf.uint8), quality=90)

    def __len__(self):
        return len(self.labels)

    def references(self, seed=None, epoch=0):
        order = np.arange(len(self)) if seed is None else epoch_order(len(self), seed, epoch)
        samples = {"name": order.astype("str"), "label": self.labels[order], "index": order % len(self.files)}
        return tf.data.Dataset.from_tensor_slices(samples)

    def load(self, reference):
        return tf.gather(self.files, reference["index"])


def to_backend(batch):
    """The tensors of a batch as tensors of the backend, on its device."""
    if BACKEND == "tensorflow":
        return batch
    return tuple(keras.ops.convert_to_tensor(part.numpy()) for part in batch)


def measure_input(batch_size, size, rounds):
    """Seconds for a batch of the training pipeline, at work alone, and the last batch."""
    source = EncodedSource(batch_size * (PIPELINE_START + PIPELINE_STEPS))
    dataset = build_epoch(source, DataConfig(image_size=size, batch_size=batch_size, labels="one_hot"), 0, 0)
    times = []
    for _ in range(rounds):
        for step, batch in enumerate(dataset):
            to_backend(batch)
            if step == PIPELINE_START - 1:
                start = time.perf_counter()
        synchronize()
        times.append((time.perf_counter() - start) / PIPELINE_STEPS)
    return statistics.median(times), batch


def accelerated():
    """Boolean, whether the backend computes on something else than the CPU."""
    if BACKEND == "tensorflow":
        return bool(tf.config.list_physical_devices("GPU"))
    if BACKEND == "jax":
        import jax

        return jax.default_backend() != "cpu"
    import torch

    return torch.accelerator.is_available()


def synchronize():
    """Waits until the backend has done all that was asked of it."""
    if BACKEND == "tensorflow":
        tf.test.experimental.sync_devices()
    elif BACKEND == "jax":
        import jax

        jax.block_until_ready(jax.live_arrays())
    elif accelerated():
        import torch

        torch.accelerator.synchronize()


def build(network, size, precision):
    """Our network, compiled for training, and its averages."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        model = build_classifier(network, weights=None, input_shape=(size, size, 3), classifier_activation=None)
    finally:
        keras.config.set_dtype_policy(policy)
    model.compile(
        optimizer=AdamW(RATE, weight_decay=WEIGHT_DECAY),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=LABEL_SMOOTHING),
        # XLA takes minutes to compile for a CPU and gains nothing there.
        jit_compile=BACKEND == "jax" or (BACKEND == "tensorflow" and accelerated()),
    )
    model.optimizer.build(model.trainable_variables)
    average = ExponentialMovingAverage(EMA_MOMENTUM)
    average.set_model(model)
    average.start()
    return model, average


def waiting(calls, wait):
    """The calls, each returning when its work is done."""

    def call_and_wait(call):
        call()
        wait()

    return {name: partial(call_and_wait, call) for name, call in calls.items()}


def our_calls(model, average, images, labels):
    """Dict of calls to be timed: forward, gradients and step, or with PyTorch forward, backward and update."""
    if BACKEND == "torch":
        calls = _torch_calls(model, average, images, labels)
    else:

        def step():
            model.train_on_batch(images, labels)
            average.update()

        programs = {"tensorflow": _tensorflow_calls, "jax": _jax_calls}[BACKEND](model, images, labels)
        calls = {**programs, "step": step}
    return waiting(calls, synchronize)


def _tensorflow_calls(model, images, labels):
    def forward(x, y):
        return model.optimizer.scale_loss(model.compute_loss(x, y, model(x, training=True), training=True))

    def gradients(x, y):
        with tf.GradientTape() as tape:
            loss = forward(x, y)
        return loss, tape.gradient(loss, model.trainable_weights)

    programs = {
        "forward": tf.function(forward, autograph=False, jit_compile=model.jit_compile),
        "gradients": tf.function(gradients, autograph=False, jit_compile=model.jit_compile),
    }
    return {name: partial(program, images, labels) for name, program in programs.items()}


def _jax_calls(model, images, labels):
    import jax

    def loss(trainable, others, metrics, optimizer, x, y):
        arguments = {"training": True, "optimizer_variables": optimizer}
        return model.compute_loss_and_updates(trainable, others, metrics, x, y, None, **arguments)

    programs = {"forward": jax.jit(loss), "gradients": jax.jit(jax.value_and_grad(loss, has_aux=True))}

    def run(program):
        # A step gives away the values before it.
        groups = (model.trainable_variables, model.non_trainable_variables, model.metrics_variables)
        state = [[variable.value for variable in group] for group in (*groups, model.optimizer.variables)]
        jax.block_until_ready(program(*state, images, labels))  # `synchronize` knows only of what is kept

    return {name: partial(run, program) for name, program in programs.items()}


def _torch_calls(model, average, images, labels):
    import torch

    kept = {}

    def forward():
        loss = model.compute_loss(images, labels, model(images, training=True), training=True)
        kept["loss"] = model.optimizer.scale_loss(loss)

    def backward():
        model.zero_grad()
        kept.pop("loss").backward()

    def update():
        weights = model.trainable_weights
        with torch.no_grad():
            model.optimizer.apply([weight.value.grad for weight in weights], weights)
        average.update()

    return {"forward": forward, "backward": backward, "update": update}


def build_counterpart(name):
    """A network of `transformers` with random weights."""
    import transformers

    if name == "MobileViTV2-0.5":
        config = transformers.MobileViTV2Config(width_multiplier=0.5, num_labels=CLASSES)
        return transformers.MobileViTV2ForImageClassification(config)
    config = transformers.MobileViTConfig(  # that of apple/mobilevit-xx-small
        hidden_sizes=[64, 80, 96],
        neck_hidden_sizes=[16, 16, 24, 48, 64, 80, 320],
        expand_ratio=2.0,
        hidden_dropout_prob=0.05,
        num_labels=CLASSES,
    )
    return transformers.MobileViTForImageClassification(config)


def their_calls(network, images, labels, precision):
    """Dict of calls to be timed, forward, backward and update of a PyTorch network, eager as PyTorch is by default."""
    import torch
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    device = torch.device(torch_device())
    network = network.to(device).train()
    images = torch.tensor(images / 255).permute(0, 3, 1, 2).contiguous().to(device)
    labels = torch.tensor(labels.argmax(-1)).to(device)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=WEIGHT_DECAY)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(1 - EMA_MOMENTUM), use_buffers=True)
    half = PRECISIONS[precision] and getattr(torch, PRECISIONS[precision])
    scaler = torch.amp.GradScaler(device.type, enabled=precision == "mixed_float16")
    cross_entropy = torch.nn.CrossEntropyLoss(label_smoothing=LABEL_SMOOTHING)
    kept = {}

    def forward():
        with torch.autocast(device.type, half, enabled=half is not None):
            kept["loss"] = cross_entropy(network(images).logits, labels)

    def backward():
        optimizer.zero_grad()
        scaler.scale(kept.pop("loss")).backward()

    def update():
        scaler.step(optimizer)
        scaler.update()
        average.update_parameters(network)

    wait = torch.accelerator.synchronize if device.type != "cpu" else lambda: None
    return waiting({"forward": forward, "backward": backward, "update": update}, wait)


def torch_device():
    """Name of the device of the PyTorch networks: an accelerator only if the backend has one too."""
    import torch

    return torch.accelerator.current_accelerator().type if accelerated() and torch.accelerator.is_available() else "cpu"


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
        sides["theirs"] = their_calls(counterpart, *(part.numpy() for part in batch), precision)
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
