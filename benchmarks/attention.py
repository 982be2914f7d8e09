"""Separable attention on maps that are viewed as patches, as this library does it, against unfolded maps.

    KERAS_BACKEND=tensorflow python benchmarks/attention.py

Both ways have the same weights and give the same output. The unfolded way copies the maps into (batch, pixels of a
patch, patches, channels) before a stack of transformer layers and back after it, as the multi-head family must. Each is
measured as the stack of one stage, compiled by the backend.
"""

import argparse

import keras
import numpy as np
from keras import ops
from timing import interleaved_medians, machine

from keras_mobilevitv3 import VARIANTS
from keras_mobilevitv3.layers import SeparableSelfAttention, fold_patches, unfold_patches


class UnfoldedAttention(keras.layers.Layer):
    """The same attention, with the weights of another, on tokens of shape `(batch * 4, N, dim)`."""

    def __init__(self, attention, **kwargs):
        super().__init__(**kwargs)
        self.attention = attention

    def call(self, tokens):
        dim = self.attention.dim
        query, key, value = ops.split(self.attention.qkv(tokens), [1, 1 + dim], axis=-1)
        context = ops.sum(key * ops.softmax(query, axis=1), axis=1, keepdims=True)  # (B * 4, 1, dim)
        return self.attention.out(ops.relu(value) * context)


def stacks(size, dim, depth, unfold_every_layer):
    """Two models of `depth` attention layers with residuals and the same weights: viewed and unfolded."""
    inputs = keras.Input((size, size, dim))
    layers = [SeparableSelfAttention(dim) for _ in range(depth)]
    maps = inputs
    for layer in layers:
        maps = maps + layer(maps)
    viewed = keras.Model(inputs, maps)

    maps = inputs if unfold_every_layer else unfold_patches(inputs)
    for layer in layers:
        unfolded = UnfoldedAttention(layer)
        if unfold_every_layer:
            maps = maps + fold_patches(unfolded(unfold_patches(maps)), (size, size))
        else:
            maps = maps + unfolded(maps)
    outputs = maps if unfold_every_layer else fold_patches(maps, (size, size))
    return viewed, keras.Model(inputs, outputs)


def measure(size, dim, depth, arguments, unfold_every_layer):
    """Medians of both ways in seconds, and the largest difference of their outputs."""
    viewed, unfolded = stacks(size, dim, depth, unfold_every_layer)
    maps = np.random.default_rng(0).normal(size=(arguments.batch, size, size, dim)).astype("float32")
    difference = np.abs(viewed.predict_on_batch(maps) - unfolded.predict_on_batch(maps)).max()
    calls = {
        "viewed": lambda: viewed.predict_on_batch(maps),
        "unfolded": lambda: unfolded.predict_on_batch(maps),
    }
    medians = interleaved_medians(calls, arguments.rounds, arguments.warm_up)
    return medians["viewed"], medians["unfolded"], difference


def main():
    parser = argparse.ArgumentParser(
        description="Separable attention with and without unfolding.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--variant", default="mobilevitv3_100", help="id of a network of the separable family")
    parser.add_argument("--size", type=int, default=256, help="height and width of the images, a multiple of 64")
    parser.add_argument("--batch", type=int, default=1, help="images per call")
    parser.add_argument("--rounds", type=int, default=50, help="timed calls per way")
    parser.add_argument("--warm-up", type=int, default=5, help="calls before the timed ones")
    arguments = parser.parse_args()
    if getattr(VARIANTS.get(arguments.variant), "attention", None) != "separable" or arguments.size % 64:
        parser.error("--variant must be of the separable family, --size a multiple of 64")

    config = VARIANTS[arguments.variant]
    print(machine())
    print(f"{arguments.variant}, batch {arguments.batch} of {arguments.size}x{arguments.size}")
    print(f"{'stage':<8}{'unfolded':<16}{'viewed (ms)':>12}{'unfolded (ms)':>15}{'ratio':>8}{'difference':>12}")
    for stage, (dim, depth) in enumerate(zip(config.attention_dims, config.attention_depths), start=3):
        for unfold_every_layer, when in ((False, "once a stack"), (True, "every layer")):
            viewed, unfolded, difference = measure(
                arguments.size // 2**stage, dim, depth, arguments, unfold_every_layer
            )
            print(
                f"{stage:<8}{when:<16}{viewed * 1e3:>12.2f}{unfolded * 1e3:>15.2f}{unfolded / viewed:>8.2f}"
                f"{difference:>12.1e}"
            )


if __name__ == "__main__":
    main()
