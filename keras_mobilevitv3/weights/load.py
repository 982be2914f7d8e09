"""Loads checkpoints of any format into a model, and writes them back under the official names."""

import os
import warnings
from pathlib import Path
from typing import NamedTuple

import keras

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.weights.accounting import account
from keras_mobilevitv3.weights.convert import from_keras, official_shape, reverse_channels, to_keras
from keras_mobilevitv3.weights.download import default_cache_folder, fetch_first
from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.keras_file import load_keras_archive, load_keras_weights
from keras_mobilevitv3.weights.name_maps import (
    CLASSIFIER,
    HEAD_CONVOLUTION,
    OFFICIAL_CHANNEL_ORDER,
    STEM,
    attention_of,
    official_tensors,
    paddle_tensors,
)
from keras_mobilevitv3.weights.pretrained import sources
from keras_mobilevitv3.weights.readers import READERS, read_state_dict
from keras_mobilevitv3.weights.writers import write_state_dict

KERAS_LOADERS = {".weights.h5": load_keras_weights, ".keras": load_keras_archive}
SUFFIXES = (*KERAS_LOADERS, *READERS)
CHANNEL_ORDERS = (None, "rgb", "bgr")


class LoadReport(NamedTuple):
    """What became of the tensors of a checkpoint.

    `loaded` and `skipped` are tuples of the names in the file; `skipped` are those of a head that the model lacks, or
    has with another number of classes.
    """

    loaded: tuple
    skipped: tuple


def load_checkpoint(model, path, channel_order=None):
    """Loads a checkpoint into a model, all of it or nothing.

    Every tensor of the file and every weight of the model is accounted for. Two differences are allowed, and warned of
    with the names of the tensors left out: a model without the classifier (and the convolution before it), and a
    classifier for another number of classes, which keeps the weights it has.

    Args:
        model: Model of this package.
        path: Path of a file: `.weights.h5` or `.keras`, official `.pt` or `.pth`, PaddleClas `.pdparams`, or
            `.safetensors` with the official names. The file is read without torch or paddle, and nothing in it is run.
        channel_order: Channel order of the images that the network in the file was trained on: `"rgb"`, `"bgr"` (the
            input channels of the stem are reversed, since the model takes RGB), or `None`: `"bgr"` for files with the
            official names in the multi-head family, MobileViTv1 included, `"rgb"` for all others. Defaults to `None`.

    Returns:
        A `LoadReport` of the names that were loaded and skipped.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If `channel_order` or the suffix is not as stated, the file is damaged, or the tensors of the file
            and the weights of the model do not fit each other; the message lists both.
    """
    report = _load(model, path, channel_order)
    if report.skipped:
        warnings.warn(
            f"Not loaded from {path}, as the model has no weights of that name and shape: {', '.join(report.skipped)}",
            stacklevel=2,
        )
    return report


def export_checkpoint(model, path, channel_order=None):
    """Writes the weights of a model under the official names, for PyTorch and for `load_checkpoint`.

    Args:
        model: Model of this package.
        path: Path ending in `.pt` or `.safetensors`. The file appears under its name when it is whole.
        channel_order: Channel order that the network in the file is to take: `"rgb"`, `"bgr"`, or `None`: that of the
            official files, `"bgr"` for the multi-head family, `"rgb"` for the linear one. Defaults to `None`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: If `channel_order` or the suffix is not as stated, or the model is not one of this package.
    """
    _check_channel_order(channel_order)
    order = channel_order or OFFICIAL_CHANNEL_ORDER[attention_of(model)]
    arrays = {
        name: from_keras(keras.ops.convert_to_numpy(tensor.variable), tensor.layout)
        for name, tensor in official_tensors(model).items()
    }
    return write_state_dict(_to_rgb(arrays, order), path)


def check_weights(weights, variant):
    """Checks the `weights` argument of a builder, before anything is built or downloaded.

    Args:
        weights: `None`, `"imagenet"` or the path of a checkpoint.
        variant: Id of the network, or a config.

    Raises:
        ValueError: If `weights` is nothing of the kind, or there are no published weights of the network.
    """
    if weights is None:
        return
    if weights == "imagenet":
        if not isinstance(variant, str):
            raise ValueError("`weights='imagenet'` is for the ids of the table. Received: a config of your own")
        sources(variant)
        return
    if not isinstance(weights, str | os.PathLike) or not Path(weights).is_file():
        raise ValueError(
            "`weights` must be None (random), 'imagenet', or the path of an existing checkpoint. "
            f"Received: weights={weights!r}"
        )
    _suffix(weights)


def load_weights(model, weights, variant):
    """Loads what the `weights` argument of a builder names.

    Args:
        model: Model of this package.
        weights: `None`, `"imagenet"` or the path of a checkpoint.
        variant: Id of the network.

    Raises:
        ValueError: As `load_checkpoint`.
        DownloadError: If `"imagenet"` is neither cached nor to be had.
    """
    if weights == "imagenet":
        _load_pretrained(model, variant, default_cache_folder())
    elif weights is not None:
        load_checkpoint(model, weights)


def _load_pretrained(model, variant, cache):
    """Loads the converted file of the cache, or makes it from the downloaded one."""
    names = {layer.name for layer in model.layers}
    kind = "" if "predictions" in names else "_notop" if "head_conv" in names else "_backbone"
    converted = cache / f"{variant}_imagenet{kind}.weights.h5"
    if converted.is_file():
        try:
            _load(model, converted)
            return
        except CheckpointError:
            pass  # written by another version of this package: convert again
    path, row = fetch_first(sources(variant))
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
        return LoadReport(*_load_official(model, path, suffix, channel_order))
    if channel_order == "bgr":
        raise ValueError(f"`channel_order` must be None or 'rgb' for a file of Keras. Received: 'bgr' for {path}")
    return LoadReport(*KERAS_LOADERS[suffix](model, path))


def _load_official(model, path, suffix, channel_order):
    attention = attention_of(model)
    targets = official_tensors(model)
    classifier = CLASSIFIER[attention]
    order = OFFICIAL_CHANNEL_ORDER[attention]
    if suffix == ".pdparams":
        targets, classifier, order = paddle_tensors(targets), CLASSIFIER["multi_head"], "rgb"
    source = _to_rgb(read_state_dict(path), channel_order or order)
    loaded, skipped = account(
        {name: array.shape for name, array in source.items()},
        {name: official_shape(tensor.variable.shape, tensor.layout) for name, tensor in targets.items()},
        HEAD_CONVOLUTION,
        classifier,
        path,
    )
    for name in loaded:
        targets[name].variable.assign(to_keras(source[name], targets[name].layout))
    return loaded, skipped


def _to_rgb(arrays, channel_order):
    """Reverses the channels of the stem where the order is BGR; its own inverse."""
    stem = f"{STEM}."
    return {
        name: reverse_channels(array) if channel_order == "bgr" and name.startswith(stem) and array.ndim == 4 else array
        for name, array in arrays.items()
    }


def _suffix(path):
    name = Path(path).name.lower()
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return suffix
    raise ValueError(f"A checkpoint must end in {', '.join(SUFFIXES)}. Received: {str(path)!r}")


def _check_channel_order(channel_order):
    if channel_order not in CHANNEL_ORDERS:
        raise ValueError(f"`channel_order` must be None, 'rgb' or 'bgr'. Received: channel_order={channel_order!r}")
