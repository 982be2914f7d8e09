"""Checks the arguments of `export` and fills in the defaults."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_mobilevitv3.array_types import Model, Shape, Tensor
from keras_mobilevitv3.checks import (
    are_strings,
    check_boolean,
    check_not_negative,
    check_strings,
)
from keras_mobilevitv3.classification.class_scores import FEATURES, class_scores
from keras_mobilevitv3.datasets import dataset_of, numbered_classes
from keras_mobilevitv3.exporting.deployment import CLASSIFIER, DETECTOR, NETWORK, SEGMENTER, task_of
from keras_mobilevitv3.exporting.sample_photographs import sample_photographs
from keras_mobilevitv3.exporting.verify import TOLERANCES
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels, scales_pixels

DEFAULT_IMAGE_SIZE = 256  # height and width of comparison images, if the model accepts any size
DATASET_TASKS = {CLASSIFIER: "classification", SEGMENTER: "segmentation", DETECTOR: "detection"}


def check_outputs(task: str, postprocessing: bool, class_map: bool, activation: str | None = None) -> None:
    """Raises `ValueError` if an argument of `export` does not apply to the task of the model."""
    check_boolean("postprocessing", postprocessing)
    check_boolean("class_map", class_map)
    if activation is not None and task != CLASSIFIER:
        raise ValueError(f"`activation` must be None unless the model is a classifier. Received: a {task}")
    if not postprocessing and task != DETECTOR:
        raise ValueError(f"`postprocessing` must be True unless the model is a detector. Received: a {task}")
    if class_map and task != SEGMENTER:
        raise ValueError(f"`class_map` must be False unless the model is a segmenter. Received: a {task}")


def find_tolerance(tolerance: float | None, precision: str) -> float:
    """Returns the given tolerance, or the default tolerance of the precision."""
    if tolerance is None:
        return TOLERANCES[precision]
    if tolerance != math.inf:
        check_not_negative("tolerance", tolerance)
    return tolerance


def next_version(folder: Path) -> int:
    """Returns one more than the highest version in a folder: the highest number that is a file or folder name."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return 1 + max((int(name) for name in names if name.isascii() and name.isdigit()), default=0)


def names_of_classes(
    model: Model, class_names: Sequence[str] | None, activation: str | None = None
) -> list[str] | None:
    """Returns the class names of a model.

    Args:
        model: Classifier, segmenter, detector or another network with one input.
        class_names: Sequence of strings. `None`: the names of a published data set with the same task and number of
            classes, otherwise numbered names.
        activation: String or `None`, the kind of the outputs of a classifier; see `class_scores`. Defaults to `None`.

    Returns:
        List of strings, or `None` for features and networks with other outputs.

    Raises:
        ValueError: If `class_names` does not fit the model.
    """
    task = task_of(model)
    if task == NETWORK:
        if class_names is not None:
            raise ValueError("`class_names` must be None for a model with several outputs. Received: names of classes")
        return None
    if task == DETECTOR:
        count = model.classes
    elif task == SEGMENTER:
        count = model.classes
        if count == 1:
            return _names_of_two_classes(class_names, ["background", "foreground"])
    elif class_scores(model, activation).name == FEATURES:
        if class_names is not None:
            raise ValueError("`class_names` must be None for a feature extractor. Received: names of classes")
        return None
    else:
        count = model.outputs[0].shape[-1]
        if count == 1:
            return _names_of_two_classes(class_names, numbered_classes(2))
    if class_names is None:
        dataset = dataset_of(DATASET_TASKS[task], count)
        return list(dataset.class_names) if dataset and dataset.class_names else numbered_classes(count)
    check_strings("class_names", class_names, count)
    return list(class_names)


def _names_of_two_classes(class_names, default):
    """Returns the names of classes 0 and 1 of a model with a single output. A single given name belongs to class 1."""
    names = default if class_names is None else class_names
    if not are_strings(names) or len(names) not in (1, 2):
        raise ValueError(
            "`class_names` must be a sequence of the name of the one class, or of the names of classes 0 and 1. "
            f"Received: class_names={class_names!r}"
        )
    return list(names if len(names) == 2 else [default[0], *names])


def comparison_images(model: Model, samples: Tensor | None) -> tuple[np.ndarray, str]:
    """Returns the images for the comparison with the Keras model.

    Args:
        model: Keras model with one input.
        samples: Array of images in the model's input range, or `None` for `sample_photographs`.

    Returns:
        Tuple of a float32 array of images in the model's input range, and a string that describes the images.

    Raises:
        ValueError: If `samples` does not fit the model, or is `None` for a model without three input channels.
    """
    shape = model.inputs[0].shape[1:]
    if samples is None:
        if shape[-1] != 3:
            raise ValueError(f"`samples` must be given for a model with {shape[-1]} channels. Received: samples=None")
        height, width = (side or DEFAULT_IMAGE_SIZE for side in shape[:2])
        photos, description = sample_photographs((height, width))
        return from_pixels(model, photos.astype("float32")), description
    images = _as_images("samples", samples, shape)
    return images, f"{len(images)} given images"


def check_calibration(model: Model, calibration: Tensor | None, precision: str) -> np.ndarray | None:
    """Returns the calibration images as a float32 array, or `None` if the precision needs no calibration.

    Args:
        model: Keras model with one input.
        calibration: Array of images in the model's input range, or `None`.
        precision: String, the precision.

    Raises:
        ValueError: If `calibration` does not fit the model or the precision.
    """
    if precision != "int8":
        if calibration is not None:
            raise ValueError(
                f"`calibration` must be None unless `precision` is 'int8'. Received: precision={precision!r}"
            )
        return None
    if calibration is None:
        raise ValueError("`calibration` must be images for the precision 'int8'. Received: calibration=None")
    return _as_images("calibration", calibration, model.inputs[0].shape[1:])


def _as_images(name: str, images: Tensor, shape: Shape) -> np.ndarray:
    """Converts an argument to a float32 array of at least one image of the given shape."""
    try:
        images = np.asarray(images, "float32")
    except (TypeError, ValueError):  # such as text, objects, or a list of images with several sizes
        raise ValueError(
            f"`{name}` must be an array of images of one size. Received: {type(images).__name__}"
        ) from None
    fits = images.ndim == 4 and all(known in (None, side) for known, side in zip(shape, images.shape[1:]))
    if not fits or len(images) == 0:
        raise ValueError(
            f"`{name}` must be images of shape (batch, {', '.join(map(str, shape))}). Received: shape={images.shape}"
        )
    return images


def as_uint8(model: Model, image: np.ndarray) -> np.ndarray:
    """Converts an image in the model's input range to uint8, 0-255."""
    return np.rint(image if scales_pixels(model) else image * 255.0).clip(0, 255).astype("uint8")
