"""Images per second of the input of training, and of two loaders that do the same work.

    python benchmarks/training_input.py
    python benchmarks/training_input.py --cores 1 --size 160 --rounds 5

Each image is a JPEG file of 500x375 pixels in memory. Two kinds of work are measured: decoding, random crop, resize and
flip; and the same with RandAugment, random erasing, and MixUp and CutMix of batches.

- plain Pillow: one function that calls Pillow, in a loop, or in as many threads as there are cores.
- torch DataLoader: the same function in as many processes as there are cores.
- threads, processes: the training pipeline with as many threads or processes as there are cores.

The loaders take turns in each round. The first batches of a loader are not timed.
"""

import argparse
import io
import os
import random
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent))  # for `training`, which is not installed

from step_settings import CLASSES  # noqa: E402

from keras_mobilevitv3.preprocessing.picture_reading import decode_image  # noqa: E402
from training.augment.mixup_cutmix import mixup_or_cutmix  # noqa: E402
from training.augment.rand_augment import OPERATIONS  # noqa: E402
from training.augment.random_erasing import sample_erased_box  # noqa: E402
from training.augment.random_resized_crop import sample_crop  # noqa: E402
from training.batches.config import DataConfig  # noqa: E402
from training.batches.pipeline import build_epoch  # noqa: E402
from training.sources.source import NumberedSamples  # noqa: E402

PIPELINE_START, PIPELINE_STEPS = 4, 32  # the first batches of an epoch take longer and are not timed
WORK = {
    "crop + flip": DataConfig(antialias=True, labels="one_hot"),
    "RandAugment + erasing + mixing": DataConfig(
        antialias=True,
        rand_augment_operations=2,
        random_erasing=0.25,
        mixup_alpha=0.2,
        cutmix_alpha=1.0,
        labels="one_hot",
    ),
}


class EncodedSource(NumberedSamples):
    """JPEG files in memory of about the size of those of ImageNet, as a `Source`."""

    def __init__(self, count):
        rng = np.random.default_rng(0)
        self.files = [self._file(rng) for _ in range(32)]
        self.labels = rng.integers(0, CLASSES, count)
        self.class_names = tuple(map(str, range(CLASSES)))

    def _file(self, rng):
        shades = Image.fromarray(rng.integers(0, 256, (12, 16, 3), "uint8")).resize(
            (500, 375), Image.Resampling.BICUBIC
        )
        picture = np.asarray(shades) + rng.normal(0, 16, (375, 500, 3))
        buffer = io.BytesIO()
        Image.fromarray(picture.clip(0, 255).astype("uint8")).save(buffer, "JPEG", quality=90)
        return buffer.getvalue()

    def __len__(self):
        return len(self.labels)

    def load(self, reference):
        return decode_image(self.files[reference % len(self.files)]), int(self.labels[reference])


def measure_input(batch_size, size, rounds):
    """Seconds for a batch of the training pipeline, at work alone, and the last batch."""
    source = EncodedSource(batch_size * (PIPELINE_START + PIPELINE_STEPS))
    batches = build_epoch(source, DataConfig(image_size=size, batch_size=batch_size, labels="one_hot"), 0, 0)
    times = []
    for _ in range(rounds):
        for step, batch in enumerate(batches):
            to_backend(batch)
            if step == PIPELINE_START - 1:
                start = time.perf_counter()
        synchronize_backend()
        times.append((time.perf_counter() - start) / PIPELINE_STEPS)
    return statistics.median(times), batch


def to_backend(batch):
    """The arrays of a batch as tensors of the backend, on its device."""
    import keras

    return tuple(keras.ops.convert_to_tensor(part) for part in batch)


def synchronize_backend():
    from backend_device import synchronize

    synchronize()


@dataclass(frozen=True)
class PlainSamples:
    """The samples of a data set for PyTorch's `DataLoader`: what a user writes with Pillow."""

    source: EncodedSource
    config: DataConfig

    def __len__(self):
        return len(self.source)

    def __getitem__(self, number):
        rng, config = np.random.default_rng(number), self.config
        picture = Image.open(io.BytesIO(self.source.files[number % len(self.source.files)])).convert("RGB")
        top, left, height, width = sample_crop(rng, picture.height, picture.width)
        picture = picture.crop((left, top, left + width, top + height))
        picture = picture.resize((config.image_size, config.image_size), Image.Resampling.BILINEAR)
        if rng.random() < 0.5:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        for _ in range(config.rand_augment_operations):
            picture = random.choice(list(OPERATIONS.values()))(picture, 0.3)
        image = np.array(picture)
        if rng.random() < config.random_erasing:
            top, left, height, width = sample_erased_box(rng, *image.shape[:2]) or (0, 0, 0, 0)
            image[top : top + height, left : left + width] = 0
        return image, int(self.source.labels[number])

    def batch(self, samples):
        """A batch as the training pipeline makes it."""
        images, labels = zip(*samples)
        images, labels = np.stack(images, dtype="float32"), np.eye(CLASSES, dtype="float32")[list(labels)]
        alphas = self.config.mixup_alpha, self.config.cutmix_alpha
        return mixup_or_cutmix(images, labels, np.random.default_rng(), *alphas) if any(alphas) else (images, labels)


def plain_batches(samples, cores):
    with ThreadPoolExecutor(cores) as pool:
        run = map if cores == 1 else pool.map
        for start in range(0, len(samples), samples.config.batch_size):
            yield samples.batch(list(run(samples.__getitem__, range(start, start + samples.config.batch_size))))


def torch_batches(samples, cores):
    from torch.utils.data import DataLoader

    return DataLoader(samples, samples.config.batch_size, num_workers=cores, collate_fn=samples.batch)


LOADERS = {
    "plain Pillow": plain_batches,
    "torch DataLoader": torch_batches,
    "threads": lambda samples, cores: build_epoch(samples.source, samples.config, 0, 0, threads=cores),
    "processes": lambda samples, cores: build_epoch(samples.source, samples.config, 0, 0, workers=cores),
}


def images_per_second(batches, steps, batch_size, start_steps=PIPELINE_START):
    for step, _ in enumerate(batches):
        if step == start_steps - 1:
            start = time.perf_counter()
        if step == start_steps + steps - 1:
            seconds = time.perf_counter() - start
    return steps * batch_size / seconds


def main(argv=None):
    parser = argparse.ArgumentParser(
        description="Speed of the input.", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2], help="processors to use")
    parser.add_argument("--loaders", nargs="+", choices=LOADERS, default=list(LOADERS), help="what to measure")
    parser.add_argument("--size", type=int, default=256, help="height and width of an image")
    parser.add_argument("--batch", type=int, default=32, help="images in a batch")
    parser.add_argument("--steps", type=int, default=12, help="timed batches")
    parser.add_argument("--rounds", type=int, default=3, help="times that each loader is measured")
    options = parser.parse_args(argv)
    source = EncodedSource(options.batch * (PIPELINE_START + options.steps))
    allowed = os.sched_getaffinity(0)
    print(f"{'work':<32}{'cores':>6}" + "".join(f"{name:>18}" for name in options.loaders) + "   (images/s)")
    for work, cores in product(WORK, options.cores):
        os.sched_setaffinity(0, sorted(allowed)[:cores])
        samples = PlainSamples(source, replace(WORK[work], image_size=options.size, batch_size=options.batch))
        speeds = {name: [] for name in options.loaders}
        for _ in range(options.rounds):
            for name in options.loaders:
                batches = LOADERS[name](samples, cores)
                speeds[name].append(images_per_second(batches, options.steps, options.batch))
        row = "".join(f"{statistics.median(values):>18.0f}" for values in speeds.values())
        print(f"{work:<32}{cores:>6}{row}", flush=True)
    os.sched_setaffinity(0, allowed)


if __name__ == "__main__":
    main()
