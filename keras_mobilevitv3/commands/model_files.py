"""Models from the options of a command: published weights, checkpoints and `.keras` files."""

import warnings
from pathlib import Path
from typing import Any

from keras_mobilevitv3.array_types import FilePath, Model
from keras_mobilevitv3.commands.checkpoint_contents import number_of_classes
from keras_mobilevitv3.commands.heads import DEFAULT_HEAD, Head, head_with_layer, heads_for
from keras_mobilevitv3.commands.options import DEFAULT_VARIANT
from keras_mobilevitv3.datasets import DATASETS

SMALLEST_SIZE = 32


def check_size(size: Any) -> None:
    """Raises `ValueError` for a `--size` that no network takes. `None`, a size that is left out, passes."""
    if size is not None and size < SMALLEST_SIZE:
        raise ValueError(f"--size must be at least {SMALLEST_SIZE}. Received: {size}")


def check_classes(classes: Any) -> None:
    """Raises `ValueError` for a number of classes below 1. `None`, a number that is left out, passes."""
    if classes is not None and classes < 1:
        raise ValueError(f"--classes must be at least 1. Received: {classes}")


def check_weights(weights: str, head: Head) -> None:
    """Raises `FileNotFoundError` unless `--weights` names published weights of a head, or a file."""
    if weights not in head.published and not Path(weights).is_file():
        known = "".join(f"{name!r}, " for name in head.published).removesuffix(", ")
        known = f"{known} or an existing file" if known else f"an existing file for {head.name}"
        raise FileNotFoundError(f"--weights must be {known}. Received: {weights!r}")


def is_keras_file(path: str) -> bool:
    return path.lower().endswith(".keras")


def build_with_weights(
    head: Head, variant: str | None, weights: str, size: Any = None, output_stride: int | None = None
) -> Model:
    """Builds a model with published weights or the weights of a checkpoint.

    Args:
        head: `Head`.
        variant: String, the id of a network, or `None` for the default one.
        weights: String, the name of a data set or the path of a checkpoint.
        size: Integer, height and width of the images, or `None` for any size. Defaults to `None`.
        output_stride: Integer, output stride of a segmenter. Defaults to `None`: as published for the weights.
    """
    published, variant = head.published.get(weights), variant or DEFAULT_VARIANT
    classes = published.classes if published else number_of_classes(weights)
    shape = {} if size is None else {"input_shape": (size, size, 3)}
    stride = {}
    if head.task == "segmentation":
        evaluation = published or DATASETS[head.dataset]
        stride = {"output_stride": output_stride or evaluation.output_stride, "aux_head": False}
    model = head.build(variant, classes=classes, weights=weights if published else None, **shape, **stride)
    if not published:
        _load_all(model, weights, f"{head.title or head.name} on {variant}")
    return model


def _load_all(model, path, description):
    """Loads a checkpoint into a model, and raises `ValueError` if a tensor or a weight is left out.

    Args:
        model: Model of this package without an auxiliary head, whose tensors may be left out.
        path: String.
        description: String, the model in words.
    """
    from keras_mobilevitv3.weights import load_checkpoint

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tensors that are left out: here they are an error
        report = load_checkpoint(model, path)
    left_out = [*(name for name in report.skipped if "aux_" not in name), *report.kept]
    if left_out:
        raise ValueError(f"{path} does not fit {description}: left out are {', '.join(left_out)}")


def load_keras_file(path: str, task: str, noun: str) -> Model:
    """Loads the model of a `.keras` file. It must be of the class of this package for a task."""
    import keras

    model = keras.saving.load_model(path, compile=False)
    if head_of(model).task != task:
        raise ValueError(f"{path} is not a {noun} of this package")
    return model


def head_of(model: Model) -> Head:
    """The head of a model. A model that is no segmenter or detector of this package counts as a classifier."""
    from keras_mobilevitv3.detection.ssd_detector import SSDDetector
    from keras_mobilevitv3.segmentation.segmenter import Segmenter

    kinds = {"segmentation": Segmenter, "detection": SSDDetector}
    task = next((task for task, kind in kinds.items() if isinstance(model, kind)), DEFAULT_HEAD.task)
    return head_with_layer((layer.name for layer in model.layers), heads_for(task))


def check_own_settings(
    model: Model,
    path: FilePath,
    variant: str | None = None,
    head: Any = None,
    size: Any = None,
    output_stride: int | None = None,
) -> None:
    """Checks the options that a `.keras` file has settings of its own for.

    Args:
        model: Model of the file.
        path: String, path of the file.
        variant, head, size, output_stride: Values of the options, `None` for options that are left out.

    Raises:
        ValueError: If an option differs from the setting of the model.
    """
    if variant is not None and variant not in model.name:
        raise ValueError(f"--variant must be left out for {path}, which has its own network. Received: {variant}")
    if head is not None and head != head_of(model).name:
        raise ValueError(f"--head must be left out, or {head_of(model).name}, that of {path}. Received: {head}")
    sides = tuple(model.inputs[0].shape[1:3])
    if size is not None and sides != (size, size):
        own = "any" if None in sides else "x".join(map(str, sides))
        raise ValueError(f"--size must be left out for {path}, whose size is {own}. Received: {size}")
    if output_stride is not None and output_stride != _own_output_stride(model):
        raise ValueError(f"--output-stride must be left out for {path}, which has its own. Received: {output_stride}")


def _own_output_stride(model):
    """The output stride of a model, or `None` for a model that is not on a network of this package."""
    from keras_mobilevitv3.backbones.given_backbone import output_stride_of

    try:
        return output_stride_of(model)
    except ValueError:
        return None
