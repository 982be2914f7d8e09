"""Deterministic arrays: parameters and images that depend on a name only, so that no reference needs to store them.

A CRC-32 of the name seeds PCG64, and the top 53 bits of each raw output are a double in [0, 1).
"""

import math
import zlib

import numpy as np

TRAIN_BATCH = 8
TRAIN_SIZE = 64
TRAIN_LABELS = (3, 141, 592, 653)  # of the single training-mode step on a 4x128x128 image


def uniform(name, shape, low=0.0, high=1.0):
    """Float32 array of `shape`, uniform in [low, high), drawn for `name`."""
    raw = np.random.PCG64(zlib.crc32(name.encode())).random_raw(math.prod(shape))
    unit = (raw >> 11) * 2.0**-53
    return (low + (high - low) * unit).reshape(shape).astype("float32")


def parameter(key, shape, mean, variance, fan_in):
    if key.endswith(mean):
        return uniform(key, shape, -0.2, 0.2)
    if key.endswith(variance):
        return uniform(key, shape, 0.35, 1.0)
    if key.endswith("bias"):
        return uniform(key, shape, -0.1, 0.1)
    if len(shape) == 1:
        return uniform(key, shape, 0.8, 1.2)
    bound = math.sqrt(3 / fan_in)
    return uniform(key, shape, -bound, bound)


def official_parameter(key, shape):
    """The parameter or batch-norm statistic of a PyTorch network, from its state-dict key and shape."""
    return parameter(key, shape, "running_mean", "running_var", math.prod(shape[1:]))


def paddle_parameter(key, shape):
    """The same for PaddlePaddle, whose linear weights are (in, out)."""
    return parameter(key, shape, "_mean", "_variance", shape[0] if len(shape) == 2 else math.prod(shape[1:]))


def image(n, h, w):
    """Input images, float32 `(n, h, w, 3)` in [0, 1]: 8x8 tiles and fine noise, each image darker than the last."""
    size = f"{n}x{h}x{w}"
    tiles = uniform(f"input/tiles/{size}", (n, math.ceil(h / 8), math.ceil(w / 8), 3))
    tiles = tiles.repeat(8, axis=1).repeat(8, axis=2)[:, :h, :w]
    fine = uniform(f"input/fine/{size}", (n, h, w, 3))
    scale = np.linspace(1.0, 0.4, n).reshape(n, 1, 1, 1)
    return (scale * (0.75 * tiles + 0.25 * fine)).astype("float32")


def train_image(step):
    """Images of one step of the training trajectories, float32 `(8, 64, 64, 3)` in [0, 1]."""
    tiles = uniform(f"train/tiles/{step}", (TRAIN_BATCH, TRAIN_SIZE // 8, TRAIN_SIZE // 8, 3))
    fine = uniform(f"train/fine/{step}", (TRAIN_BATCH, TRAIN_SIZE, TRAIN_SIZE, 3))
    return (0.75 * tiles.repeat(8, axis=1).repeat(8, axis=2) + 0.25 * fine).astype("float32")


def train_labels(step):
    """Labels of one step of the training trajectories, int64 `(8,)` in [0, 1000)."""
    drawn = uniform(f"train/labels/{step}", (TRAIN_BATCH,)).astype("float64")
    return np.floor(drawn * 1000).astype("int64")
