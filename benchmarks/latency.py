"""Latency of an image, or of a batch, per network: called eagerly and compiled, with ratios to the first network.

    KERAS_BACKEND=tensorflow python benchmarks/latency.py
    KERAS_BACKEND=jax python benchmarks/latency.py mobilevitv3_s mobilenet_v2 --size 224 --batch 8

The networks take turns within each round, so that the ratios hold on a machine that is busy with other work too.
"""

import argparse

import keras
import numpy as np
from timing import interleaved_medians, machine

from keras_mobilevitv3 import build_classifier, list_variants

YARDSTICKS = {
    "mobilenet_v3_small": keras.applications.MobileNetV3Small,
    "mobilenet_v2": keras.applications.MobileNetV2,
}
DEFAULT_NAMES = ["mobilevitv3_xxs", "mobilevitv3_xs", "mobilevitv3_050", *YARDSTICKS]


def build(name, size):
    """A classifier of 1000 classes with random weights."""
    arguments = {"weights": None, "input_shape": (size, size, 3), "classifier_activation": None}
    if name in YARDSTICKS:
        return YARDSTICKS[name](**arguments)
    return build_classifier(name, **arguments)


def eager_call(model, images):
    tensor = keras.ops.convert_to_tensor(images)
    return lambda: keras.ops.convert_to_numpy(model(tensor, training=False))


def compiled_call(model, images):
    """`predict_on_batch`, compiled by the backend as Keras does by default (torch: eager, without gradients)."""
    return lambda: model.predict_on_batch(images)


def main():
    parser = argparse.ArgumentParser(
        description="Median latency per network.", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("networks", nargs="*", default=DEFAULT_NAMES, help=f"ids, or {', '.join(YARDSTICKS)}")
    parser.add_argument("--size", type=int, default=256, help="height and width of the images")
    parser.add_argument("--batch", type=int, default=1, help="images per call")
    parser.add_argument("--rounds", type=int, default=20, help="timed calls per network and mode")
    parser.add_argument("--warm-up", type=int, default=3, help="calls before the timed ones")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.networks if name not in YARDSTICKS and not list_variants(name)]
    if unknown:
        parser.error(f"no such network: {', '.join(unknown)}")

    print(machine())
    print(f"batch {arguments.batch} of {arguments.size}x{arguments.size}, median of {arguments.rounds} calls")
    images = np.random.default_rng(0).uniform(0, 255, (arguments.batch, arguments.size, arguments.size, 3))
    images = images.astype("float32")
    calls, parameters = {}, {}
    for name in arguments.networks:
        model = build(name, arguments.size)
        parameters[name] = model.count_params()
        calls[name, "eager"] = eager_call(model, images)
        calls[name, "compiled"] = compiled_call(model, images)
    medians = interleaved_medians(calls, arguments.rounds, arguments.warm_up)
    print(f"{'network':<22}{'weights':>12}{'eager (ms)':>12}{'compiled (ms)':>15}{'eager/comp.':>13}{'to first':>10}")
    first = medians[arguments.networks[0], "compiled"]
    for name in arguments.networks:
        eager, compiled = medians[name, "eager"], medians[name, "compiled"]
        print(
            f"{name:<22}{parameters[name]:>12,}{eager * 1e3:>12.1f}{compiled * 1e3:>15.1f}"
            f"{eager / compiled:>13.2f}{compiled / first:>10.2f}"
        )


if __name__ == "__main__":
    main()
