"""What is timed by `latency.py`, in a process for each side. Keras is imported when its backend is known."""

import functools
import os
import sys
import time
from pathlib import Path

BACKENDS = ("tensorflow", "jax", "torch")
FORMATS = ("litert", "onnx", "openvino")
TRANSFORMERS = "transformers"
REPEATS = 3
CALLS = {}  # of this process: functions without arguments, by name


def prepare(side, network, size, batch, threads, folder):
    """Builds the calls of a side.

    Args:
        side: String, a backend, a format or `"transformers"`.
        network: Id of a network.
        size: Integer, height and width of the images.
        batch: Integer, images per call.
        threads: Integer, CPUs that this process may use.
        folder: Path of a folder for files.

    Returns:
        List of the names of the calls, for `seconds`.
    """
    if hasattr(os, "sched_setaffinity"):  # holds for all libraries; the settings of some do not bind
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["KERAS_BACKEND"] = side if side in BACKENDS else "tensorflow"
    import numpy as np

    images = np.random.default_rng(0).uniform(0, 255, (batch, size, size, 3)).astype("float32")
    if side == TRANSFORMERS:
        CALLS.update(transformers_calls(network, images, threads))
    elif side in FORMATS:
        CALLS.update(file_calls(side, network, images, threads, Path(folder)))
    else:
        CALLS.update(keras_calls(network, images))
    flush_denormal_numbers()
    return list(CALLS)


def seconds(name):
    """Seconds of a call, `REPEATS` times, after once to fill the caches that others have emptied."""
    CALLS[name]()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        CALLS[name]()
        times.append(time.perf_counter() - start)
    return times


def classifier(network, size):
    from keras_mobilevitv3 import build_classifier

    return build_classifier(network, weights=None, input_shape=(size, size, 3), classifier_activation=None)


def keras_calls(network, images):
    """Eager, with and without folded batch norms, as `predict` runs it (PyTorch: eager), and compiled for inference."""
    import keras

    from keras_mobilevitv3 import compile_for_inference, fuse_batch_norm

    model = classifier(network, images.shape[1])
    fused = fuse_batch_norm(model)
    tensor = keras.ops.convert_to_tensor(images)

    def eager(model):
        return lambda: keras.ops.convert_to_numpy(model(tensor, training=False))

    return {
        "eager": without_gradients(eager(model)),
        "eager, fused": without_gradients(eager(fused)),
        "compiled": lambda: model.predict_on_batch(images),
        "compiled, fused": lambda: fused.predict_on_batch(images),
        "compile_for_inference": functools.partial(compile_for_inference(model), images),
    }


def without_gradients(call):
    """The call, without the graph for gradients that PyTorch would build."""
    import keras

    if keras.backend.backend() != "torch":
        return call
    import torch

    return torch.no_grad()(call)


def flush_denormal_numbers():
    """Has PyTorch compute with zeros for numbers below 1e-38, which random weights make and which take long.

    TensorFlow and JAX do so by default.
    """
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(True)


def file_calls(format, network, images, threads, folder):
    """An exported file for each precision of a format."""
    from keras_mobilevitv3 import export
    from keras_mobilevitv3.exporting.formats import FORMATS
    from keras_mobilevitv3.exporting.runtimes import open_artefact
    from keras_mobilevitv3.exporting.sample_photographs import sample_photographs

    model = classifier(network, images.shape[1])
    photographs = sample_photographs(images.shape[1:3])[0].astype("float32")
    runs = {}
    for precision in FORMATS[format].precisions:
        path = folder / f"{precision}{FORMATS[format].suffix}"
        options = {"calibration": photographs} if precision == "int8" else {}
        export(model, path, format, precision, verbose=False, **options)
        runs[precision] = open_artefact(path, format, threads)
    return {precision: lambda run=run: run(images) for precision, run in runs.items()}


def transformers_calls(network, images, threads):
    """The PyTorch network of equal size, eager and compiled, or none if there is no such network."""
    import torch
    from transformers_step import COUNTERPARTS, build_counterpart

    if network not in COUNTERPARTS:
        return {}
    torch.set_num_threads(threads)
    model = build_counterpart(COUNTERPARTS[network]).eval()
    tensor = torch.tensor(images / 255).permute(0, 3, 1, 2).contiguous()

    def eager():
        with torch.no_grad():
            return model(tensor).logits.numpy()

    compiled = torch.compile(model)

    def call_compiled():
        with torch.no_grad():
            return compiled(tensor).logits.numpy()

    return {"eager": eager, "compiled": call_compiled}
