"""Loads checkpoints of any format into a model, and writes checkpoints with the official names."""

import os
import pathlib
import warnings
from collections.abc import Callable
from typing import Any

import keras

from keras_mobilevitv3.array_types import FilePath, Model
from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.blocks.family_of_model import required_family_of
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
from keras_mobilevitv3.weights.match_tensors import LoadReport, match_tensors
from keras_mobilevitv3.weights.official_names.head_names import ENCODER, official_head_names
from keras_mobilevitv3.weights.official_names.official_tensors import (
    PADDLE_FAMILY,
    STEM,
    official_tensors,
    paddle_tensors,
)
from keras_mobilevitv3.weights.tensor_layouts import from_keras, official_shape, reverse_channels, to_keras

KERAS_LOADERS: dict[str, Callable[..., LoadReport]] = {".weights.h5": load_keras_weights, ".keras": load_keras_archive}
SUFFIXES = (*KERAS_LOADERS, *READERS)
CHANNEL_ORDERS = (None, "rgb", "bgr")


def load_checkpoint(model: Model, path: FilePath, channel_order: str | None = None) -> LoadReport:
    """Loads a checkpoint into a model, completely or not at all.

    Each tensor of the file must have a matching weight in the model, and vice versa. These differences only cause a
    warning, which names the tensors left out:

    - The model lacks the classifier (and the convolution before it) or the auxiliary head.
    - The last layers have another number of classes. They keep their weights.
    - The model is a segmenter or detector, and the checkpoint belongs to a classifier. The head keeps its weights.

    In a `.weights.h5` or `.keras` file, the network may be a part of a larger model, such as
    `Sequential([features, Dense(3)])`. Then only the network is loaded, without the other layers of the larger model.

    Args:
        model: Model of this package.
        path: Path of a file: `.weights.h5` or `.keras`, official `.pt` or `.pth`, PaddleClas `.pdparams`, or
            `.safetensors` with the official names. Reading needs neither torch nor paddle, and runs no code from the
            file.
        channel_order: `"rgb"` or `"bgr"`, the channel order of the images that trained the network in the file. With
            `"bgr"` the input channels of the stem are reversed, since the model takes RGB. Defaults to `None`: `"bgr"`
            for files with the official names in the multi-head family (including MobileViTv1), `"rgb"` for all others.

    Returns:
        A `LoadReport` with the names of the loaded and skipped tensors and of the kept weights.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If `channel_order` or the suffix is invalid, the file is damaged, or the tensors of the file do not
            match the weights of the model. The message lists the tensors and the weights.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    report = _load(model, path, channel_order)
    if report.skipped or report.kept:
        left_out = f"Not loaded from {path}, as the model has no weights of that name and shape: "
        kept = f"\nThe head keeps its {len(report.kept)} weights, which the file lacks."
        warnings.warn(
            left_out + (", ".join(report.skipped) or "none") + (kept if report.kept else ""),
            stacklevel=2,
        )
    return report


def export_checkpoint(
    model: Model, path: FilePath, channel_order: str | None = None, overwrite: bool = True
) -> pathlib.Path:
    """Writes the weights of a model with the official names, for PyTorch and for `load_checkpoint`.

    LoRA weights (`enable_lora` of Keras) are merged into the kernels.

    Args:
        model: Model of this package.
        path: Path of the file to write, ending in `.pt` or `.safetensors`. The file appears once it is complete.
        channel_order: `"rgb"` or `"bgr"`, the channel order that the network in the file expects. Defaults to `None`:
            the order of the official files, `"bgr"` for the multi-head family and `"rgb"` for the separable family.
        overwrite: Boolean, whether to replace an existing checkpoint. Defaults to `True`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        FileExistsError: If `path` is a folder, a file other than a checkpoint, or any file with `overwrite=False`.
        NotADirectoryError: If a parent folder of `path` is a file.
        ValueError: If an argument or the suffix is invalid, or the model is quantized or does not belong to this
            package.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    check_boolean("overwrite", overwrite)
    _check_channel_order(channel_order)
    if pathlib.Path(path).suffix.lower() in WRITERS:
        check_file(path, overwrite)
    order = channel_order or required_family_of(model).channel_order
    quantized = quantized_layers(model)
    if quantized:
        raise ValueError(
            "`model` must not be quantized: write its checkpoint before `quantize`. Received: a model with "
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


def check_weights(weights: FilePath | None, variant: Any, head: str = "classifier") -> None:
    """Checks the `weights` argument of a builder, before the build and the download.

    Args:
        weights: `None`, the name of a data set, or the path of a checkpoint.
        variant: String, id of the network, or another value that the builder accepts instead of an id.
        head: String; see `datasets_with_weights`. Defaults to `"classifier"`.

    Raises:
        ValueError: If `weights` is none of these, or no weights of the network are published for the data set.
    """
    if weights is None:
        return
    dataset = published_dataset(weights, head)
    if dataset is not None:
        if not isinstance(variant, str):
            raise ValueError(
                f"`weights={weights!r}` needs an id of `list_variants()`. Received: {type(variant).__name__}"
            )
        sources(variant, dataset.name)
        return
    if not isinstance(weights, str | os.PathLike) or not pathlib.Path(weights).is_file():
        allowed = ", ".join(["None (random)", *map(repr, datasets_with_weights(head))])
        raise ValueError(
            f"`weights` must be {allowed}, or the path of an existing checkpoint. Received: weights={weights!r}"
        )
    _suffix(weights)


def load_weights(model: Model, weights: FilePath | None, variant: Any, head: str = "classifier") -> None:
    """Loads the weights that the `weights` argument of a builder names.

    Args:
        model: Model of this package.
        weights: `None`, the name of a data set, or the path of a checkpoint. `None` loads no weights.
        variant: String, id of the network. Only used for published weights.
        head: String; see `datasets_with_weights`. Defaults to `"classifier"`.

    Raises:
        ValueError: As in `load_checkpoint`.
        DownloadError: If published weights are neither cached nor available for download.
    """
    if published_dataset(weights, head) is not None:
        _load_pretrained(model, variant, weights, default_cache_folder())
    elif weights is not None:
        load_checkpoint(model, weights)


# Endings of the names of converted files in the cache, by the name of a layer. The first layer in the model counts.
ENDINGS_OF_CONVERTED_FILES = {
    "predictions": "",
    "head_conv": "_notop",
    "aux_classifier": "_auxiliary",
    "classifier": "",
    "ssd_head0": "",
    "stem": "_backbone",
}


def _load_pretrained(model, variant, dataset, cache):
    """Loads the converted file in the cache, or downloads the published file and converts it."""
    names = {layer.name for layer in model.layers}
    ending = next(ending for layer, ending in ENDINGS_OF_CONVERTED_FILES.items() if layer in names)
    converted = cache / f"{variant}_{dataset}{ending}.weights.h5"
    if converted.is_file():
        try:
            _load(model, converted)
            return
        except CheckpointError:
            pass  # another version of this package wrote the file: convert again
    path, row = fetch_first(sources(variant, dataset))
    try:
        _load(model, path, row.channel_order)
    except CheckpointError:
        path.unlink()  # otherwise each later call would fail on the same damaged download
        raise
    with atomic_write(converted) as unfinished:
        model.save_weights(unfinished)


def _load(model, path, channel_order=None):
    _check_channel_order(channel_order)
    suffix = _suffix(path)
    if not pathlib.Path(path).is_file():
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
    if not any(name.startswith(ENCODER) for name in arrays):  # a classifier: load its backbone
        targets = {name.removeprefix(ENCODER): tensor for name, tensor in targets.items()}
    if suffix == ".pdparams":
        targets, names, order = paddle_tensors(targets), official_head_names(PADDLE_FAMILY), "rgb"
    source = _to_rgb(arrays, channel_order or order)
    report = match_tensors(
        {name: array.shape for name, array in source.items()},
        {name: official_shape(tensor.variable.shape, tensor.layout) for name, tensor in targets.items()},
        names,
        path,
    )
    for name in report.loaded:
        targets[name].variable.assign(to_keras(source[name], targets[name].layout))
    return report


def _to_rgb(arrays, channel_order):
    """Reverses the input channels of the stem if the order is BGR. The function is its own inverse."""
    if channel_order != "bgr":
        return arrays
    stems = (f"{STEM}.", f"{ENCODER}{STEM}.")
    return {
        name: reverse_channels(array) if name.startswith(stems) and array.ndim == 4 else array
        for name, array in arrays.items()
    }


def _suffix(path):
    name = pathlib.Path(path).name.lower()
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return suffix
    raise ValueError(f"A checkpoint must end in {', '.join(SUFFIXES)}. Received: {str(path)!r}")


def _check_channel_order(channel_order):
    check_choice("channel_order", channel_order, CHANNEL_ORDERS)
