"""Builds and loads models from the options of a command."""

import warnings
from pathlib import Path

from keras_mobilevitv3.array_types import FilePath, Model
from keras_mobilevitv3.backbones.variants import VARIANTS
from keras_mobilevitv3.checks import did_you_mean
from keras_mobilevitv3.commands.checkpoint_contents import number_of_classes
from keras_mobilevitv3.commands.heads import DEFAULT_HEAD, Head, head_with_layer, heads_for
from keras_mobilevitv3.commands.options import DEFAULT_VARIANT
from keras_mobilevitv3.datasets import DATASETS

SMALLEST_SIZE = 32


def check_size(size: int | None) -> None:
    """Raises `ValueError` unless `--size` is at least `SMALLEST_SIZE`, or `None`."""
    if size is not None and size < SMALLEST_SIZE:
        raise ValueError(f"--size must be at least {SMALLEST_SIZE}. Received: {size}")


def check_classes(classes: int | None) -> None:
    """Raises `ValueError` unless `--classes` is at least 1, or `None`."""
    if classes is not None and classes < 1:
        raise ValueError(f"--classes must be at least 1. Received: {classes}")


def check_weights(weights: str, head: Head, variant: str | None) -> None:
    """Checks `--weights` and `--variant`. For a `.keras` file, `check_own_settings` checks `--variant`.

    Raises:
        FileNotFoundError: If `--weights` is neither the name of published weights of the head nor a file.
        ValueError: If `--variant` is not the id of a network.
    """
    if weights not in head.published and not Path(weights).is_file():
        known = "".join(f"{name!r}, " for name in head.published).removesuffix(", ")
        known = f"{known} or an existing file" if known else f"an existing file for {head.name}"
        raise FileNotFoundError(f"--weights must be {known}. Received: {weights!r}")
    if not is_keras_file(weights):
        check_variant("--variant", variant)


def check_variant(name: str, variant: str | None) -> None:
    """Raises `ValueError` unless the argument `name` of a command is the id of a network, or `None`."""
    if variant is not None and variant not in VARIANTS:
        raise ValueError(
            f"{name} must be one of {', '.join(VARIANTS)}. Received: {variant!r}."
            f"{did_you_mean(variant.lower(), VARIANTS)}"
        )


def is_keras_file(path: str) -> bool:
    return path.lower().endswith(".keras")


def build_with_weights(
    head: Head, variant: str | None, weights: str, size: int | None = None, output_stride: int | None = None
) -> Model:
    """Builds a model with published weights or the weights of a checkpoint.

    Args:
        head: `Head`.
        variant: String, id of a network, or `None` for `DEFAULT_VARIANT`.
        weights: String, name of a data set or path of a checkpoint.
        size: Integer, height and width of the images, or `None` for any size. Defaults to `None`.
        output_stride: Integer, output stride of a segmenter, or `None` for the published output stride of the weights.
            Defaults to `None`.
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
    """Loads a checkpoint into a model. Raises `ValueError` unless all tensors and all weights match.

    The tensors of an auxiliary head need no match.

    Args:
        model: Model of this package without an auxiliary head.
        path: String, path of the checkpoint.
        description: String, description of the model in error messages.
    """
    from keras_mobilevitv3.weights.loading import load_checkpoint

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the function raises an error for tensors left out
        report = load_checkpoint(model, path)
    left_out = [*(name for name in report.skipped if "aux_" not in name), *report.kept]
    if left_out:
        raise ValueError(f"{path} does not fit {description}: left out are {', '.join(left_out)}")


def load_keras_file(path: str, task: str, noun: str) -> Model:
    """Loads the model of a `.keras` file. Raises `ValueError` unless the model is one of this package for `task`.

    Args:
        path: String, path of the file.
        task: String, task of the model.
        noun: String, name of the kind of model in the error message.
    """
    import keras

    model = keras.saving.load_model(path, compile=False)
    if head_of(model).task != task:
        raise ValueError(f"{path} is not a {noun} of this package")
    return model


def head_of(model: Model) -> Head:
    """Returns the head of a model. Models that are not a `Segmenter` or `SSDDetector` count as classifiers."""
    from keras_mobilevitv3.detection.ssd_detector import SSDDetector
    from keras_mobilevitv3.segmentation.segmenter import Segmenter

    kinds = {"segmentation": Segmenter, "detection": SSDDetector}
    task = next((task for task, kind in kinds.items() if isinstance(model, kind)), DEFAULT_HEAD.task)
    return head_with_layer((layer.name for layer in model.layers), heads_for(task))


def check_own_settings(
    model: Model,
    path: FilePath,
    variant: str | None = None,
    head: str | None = None,
    size: int | None = None,
    output_stride: int | None = None,
) -> None:
    """Raises `ValueError` if an option contradicts the model of a `.keras` file.

    Args:
        model: Model of the file.
        path: String, path of the file.
        variant: String, value of `--variant`, or `None`. Defaults to `None`.
        head: String, value of `--head`, or `None`. Defaults to `None`.
        size: Integer, value of `--size`, or `None`. Defaults to `None`.
        output_stride: Integer, value of `--output-stride`, or `None`. Defaults to `None`.
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
    """Returns the output stride of a model, or `None` if the model has no network of this package."""
    from keras_mobilevitv3.backbones.given_backbone import output_stride_of

    try:
        return output_stride_of(model)
    except ValueError:
        return None
