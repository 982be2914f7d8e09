"""Loads checkpoints of any format into a model, and writes them back under the official names."""

import os
import warnings
from pathlib import Path

import keras

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.checks import check_boolean, check_choice, check_instance, check_path
from keras_mobilevitv3.datasets import datasets_with_weights, published_dataset
from keras_mobilevitv3.layers.adapted_kernels import has_lora, merged_kernel, quantized_layers
from keras_mobilevitv3.layers.composite_layer import sublayers
from keras_mobilevitv3.overwriting import check_file
from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.keras_file import load_keras_archive, load_keras_weights
from keras_mobilevitv3.weights.file_formats.readers import READERS, read_state_dict
from keras_mobilevitv3.weights.file_formats.writers import WRITERS, write_state_dict
from keras_mobilevitv3.weights.hub.catalogue import sources
from keras_mobilevitv3.weights.hub.download import default_cache_folder, fetch_first
from keras_mobilevitv3.weights.match_tensors import account
from keras_mobilevitv3.weights.official_names.head_names import ENCODER, official_head_names
from keras_mobilevitv3.weights.official_names.official_tensors import (
    PADDLE_FAMILY,
    STEM,
    official_tensors,
    paddle_tensors,
    required_family_of,
)
from keras_mobilevitv3.weights.tensor_layouts import from_keras, official_shape, reverse_channels, to_keras

KERAS_LOADERS = {".weights.h5": load_keras_weights, ".keras": load_keras_archive}
SUFFIXES = (*KERAS_LOADERS, *READERS)
CHANNEL_ORDERS = (None, "rgb", "bgr")


def load_checkpoint(model, path, channel_order=None):
    """Loads a checkpoint into a model, all of it or nothing.

    Every tensor of the file and every weight of the model is accounted for. These differences are allowed, and warned
    of with the names of the tensors left out: a model without the classifier (and the convolution before it) or without
    the auxiliary head; last layers for another number of classes, which keep the weights they have; and the checkpoint
    of a classifier for the backbone of a segmenter or detector, whose head keeps the weights it has. In a
    `.weights.h5` or `.keras` file the network may be a part of a larger model, such as
    `Sequential([features, Dense(3)])`: it is taken from there, and layers that are not of this package are left out.

    Args:
        model: Model of this package.
        path: Path of a file: `.weights.h5` or `.keras`, official `.pt` or `.pth`, PaddleClas `.pdparams`, or
            `.safetensors` with the official names. The file is read without torch or paddle, and nothing in it is run.
        channel_order: Channel order of the images that the network in the file was trained on: `"rgb"`, `"bgr"` (the
            input channels of the stem are reversed, since the model takes RGB), or `None`: `"bgr"` for files with the
            official names in the multi-head family, MobileViTv1 included, `"rgb"` for all others. Defaults to `None`.

    Returns:
        A `LoadReport` of the names that were loaded, skipped and kept.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If `channel_order` or the suffix is not as stated, the file is damaged, or the tensors of the file
            and the weights of the model do not fit each other; the message lists both.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    report = _load(model, path, channel_order)
    if report.skipped or report.kept:
        left_out = f"Not loaded from {path}, as the model has no weights of that name and shape: "
        kept = f"\nThe head keeps its {len(report.kept)} weights, of which the file has none."
        warnings.warn(
            left_out + (", ".join(report.skipped) or "none") + (kept if report.kept else ""),
            stacklevel=2,
        )
    return report


def export_checkpoint(model, path, channel_order=None, overwrite=True):
    """Writes the weights of a model under the official names, for PyTorch and for `load_checkpoint`.

    LoRA weights (`enable_lora` of Keras) are merged into the kernels.

    Args:
        model: Model of this package.
        path: Path ending in `.pt` or `.safetensors`. The file appears under its name when it is whole.
        channel_order: Channel order that the network in the file is to take: `"rgb"`, `"bgr"`, or `None`: that of the
            official files, `"bgr"` for the multi-head family, `"rgb"` for the linear one. Defaults to `None`.
        overwrite: Boolean, whether to replace a checkpoint that is there. Defaults to `True`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        FileExistsError: If a folder stands at `path`, a file that is no checkpoint, or any file and `overwrite` is
            false.
        NotADirectoryError: If what should be the folder of the file is a file.
        ValueError: If an argument or the suffix is not as stated, or the model is quantized or not one of this
            package.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    check_boolean("overwrite", overwrite)
    _check_channel_order(channel_order)
    if Path(path).suffix.lower() in WRITERS:
        check_file(path, overwrite)
    order = channel_order or required_family_of(model).channel_order
    quantized = quantized_layers(model)
    if quantized:
        raise ValueError(
            "`model` must not be quantized: write its checkpoint before `quantize`. Received: a model of "
            f"{len(quantized)} quantized layers, such as {quantized[0]!r}"
        )
    adapted = [layer for _, layer in sublayers(model) if has_lora(layer)]
    weights = [(weight, layer) for layer in adapted for weight in layer.weights]
    merged = {id(weight): merged_kernel(layer) for weight, layer in weights if weight.name == "kernel"}
    lora = [weight for weight, _ in weights if weight.name.startswith("lora_")]
    arrays = {
        name: from_keras(merged.get(id(tensor.variable), keras.ops.convert_to_numpy(tensor.variable)), tensor.layout)
        for name, tensor in official_tensors(model, merged=lora).items()
    }
    return write_state_dict(_to_rgb(arrays, order), path)


def check_weights(weights, variant, head="classifier"):
    """Checks the `weights` argument of a builder, before anything is built or downloaded.

    Args:
        weights: `None`, the name of a data set, or the path of a checkpoint.
        variant: Id of the network, or what else the builder takes for it.
        head: String, see `datasets_with_weights`. Defaults to `"classifier"`.

    Raises:
        ValueError: If `weights` is nothing of the kind, or there are no published weights of the network.
    """
    if weights is None:
        return
    if published_dataset(weights, head) is not None:
        if not isinstance(variant, str):
            raise ValueError(f"`weights={weights!r}` is for the ids of the table. Received: {type(variant).__name__}")
        sources(variant, weights)
        return
    if not isinstance(weights, str | os.PathLike) or not Path(weights).is_file():
        allowed = ", ".join(["None (random)", *map(repr, datasets_with_weights(head))])
        raise ValueError(
            f"`weights` must be {allowed}, or the path of an existing checkpoint. Received: weights={weights!r}"
        )
    _suffix(weights)


def load_weights(model, weights, variant, head="classifier"):
    """Loads what the `weights` argument of a builder names.

    Args:
        model: Model of this package.
        weights: `None`, the name of a data set, or the path of a checkpoint.
        variant: Id of the network.
        head: String, see `datasets_with_weights`. Defaults to `"classifier"`.

    Raises:
        ValueError: As `load_checkpoint`.
        DownloadError: If published weights are neither cached nor to be had.
    """
    if published_dataset(weights, head) is not None:
        _load_pretrained(model, variant, weights, default_cache_folder())
    elif weights is not None:
        load_checkpoint(model, weights)


# What the name of a converted file ends in, by a layer that only some models have; the first that is there counts.
KINDS = {
    "predictions": "",
    "head_conv": "_notop",
    "aux_classifier": "_auxiliary",
    "classifier": "",
    "ssd_head0": "",
    "stem": "_backbone",
}


def _load_pretrained(model, variant, dataset, cache):
    """Loads the converted file of the cache, or makes it from the downloaded one."""
    names = {layer.name for layer in model.layers}
    kind = next(ending for layer, ending in KINDS.items() if layer in names)
    converted = cache / f"{variant}_{dataset}{kind}.weights.h5"
    if converted.is_file():
        try:
            _load(model, converted)
            return
        except CheckpointError:
            pass  # written by another version of this package: convert again
    path, row = fetch_first(sources(variant, dataset))
    try:
        _load(model, path, row.channel_order)
    except CheckpointError:
        path.unlink()  # or every later call would fail on the same damaged download
        raise
    with atomic_write(converted) as unfinished:
        model.save_weights(unfinished)


def _load(model, path, channel_order=None):
    _check_channel_order(channel_order)
    suffix = _suffix(path)
    if not Path(path).is_file():
        raise FileNotFoundError(f"There is no checkpoint {str(path)!r}")
    if suffix in READERS:
        return _load_official(model, path, suffix, channel_order)
    if channel_order == "bgr":
        raise ValueError(f"`channel_order` must be None or 'rgb' for a file of Keras. Received: 'bgr' for {path}")
    return KERAS_LOADERS[suffix](model, path)


def _load_official(model, path, suffix, channel_order):
    family = required_family_of(model)
    targets = official_tensors(model)
    names = official_head_names(family)
    order = family.channel_order
    arrays = read_state_dict(path)
    if not any(name.startswith(ENCODER) for name in arrays):  # a classifier's, of which the backbone is taken
        targets = {name.removeprefix(ENCODER): tensor for name, tensor in targets.items()}
    if suffix == ".pdparams":
        targets, names, order = paddle_tensors(targets), official_head_names(PADDLE_FAMILY), "rgb"
    source = _to_rgb(arrays, channel_order or order)
    report = account(
        {name: array.shape for name, array in source.items()},
        {name: official_shape(tensor.variable.shape, tensor.layout) for name, tensor in targets.items()},
        names,
        path,
    )
    for name in report.loaded:
        targets[name].variable.assign(to_keras(source[name], targets[name].layout))
    return report


def _to_rgb(arrays, channel_order):
    """Reverses the channels of the stem where the order is BGR; its own inverse."""
    if channel_order != "bgr":
        return arrays
    stems = (f"{STEM}.", f"{ENCODER}{STEM}.")
    return {
        name: reverse_channels(array) if name.startswith(stems) and array.ndim == 4 else array
        for name, array in arrays.items()
    }


def _suffix(path):
    name = Path(path).name.lower()
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return suffix
    raise ValueError(f"A checkpoint must end in {', '.join(SUFFIXES)}. Received: {str(path)!r}")


def _check_channel_order(channel_order):
    check_choice("channel_order", channel_order, CHANNEL_ORDERS)
