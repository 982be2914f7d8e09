"""What `export` makes of its arguments."""

import math

import numpy as np

from keras_mobilevitv3.checks import (
    are_strings,
    check_boolean,
    check_choice,
    check_not_negative,
    check_strings,
    is_integer,
)
from keras_mobilevitv3.classification.class_scores import FEATURES, class_scores
from keras_mobilevitv3.datasets import dataset_of, numbered_classes
from keras_mobilevitv3.exporting.deployment import CLASSIFIER, DETECTOR, NETWORK, SEGMENTER, task_of
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.exporting.sample_photographs import sample_photographs
from keras_mobilevitv3.exporting.verify import TOLERANCES
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels, scales_pixels

UNKNOWN_SIZE = 256  # at which a model of any size is compared
TASKS = {CLASSIFIER: "classification", SEGMENTER: "segmentation", DETECTOR: "detection"}  # of data sets


def check_format(path, format, precision, version):
    """Raises `ValueError` if these arguments of `export` do not go together."""
    check_choice("format", format, FORMATS)
    wanted = FORMATS[format]
    if not isinstance(precision, str) or precision not in wanted.precisions:
        allowed = list(wanted.precisions)
        raise ValueError(f"`precision` must be one of {allowed} for {format!r}. Received: precision={precision!r}")
    if wanted.is_folder:
        if path.suffix and path.suffix in [each.suffix for each in FORMATS.values()]:
            raise ValueError(
                f"`path` of a {wanted.title} must be a folder; {path.suffix} is the suffix of another `format`. "
                f"Received: path={str(path)!r}, format={format!r}"
            )
    elif path.suffix != wanted.suffix:
        raise ValueError(f"`path` must end in {wanted.suffix} for {format!r}. Received: path={str(path)!r}")
    if version is None:
        return
    if not wanted.is_folder or not is_integer(version) or version < 1:
        raise ValueError(
            "`version` must be a positive integer for a SavedModel, or None. "
            f"Received: version={version!r}, format={format!r}"
        )


def check_outputs(task, postprocessing, class_map, activation=None):
    """Raises `ValueError` if an argument of `export` is not for the task of the model."""
    check_boolean("postprocessing", postprocessing)
    check_boolean("class_map", class_map)
    if activation is not None and task != CLASSIFIER:
        raise ValueError(f"`activation` must be None unless the model is a classifier. Received: a {task}")
    if not postprocessing and task != DETECTOR:
        raise ValueError(f"`postprocessing` must be True unless the model is a detector. Received: a {task}")
    if class_map and task != SEGMENTER:
        raise ValueError(f"`class_map` must be False unless the model is a segmenter. Received: a {task}")


def find_tolerance(tolerance, precision):
    """The given tolerance, or that of the precision."""
    if tolerance is None:
        return TOLERANCES[precision]
    if tolerance != math.inf:
        check_not_negative("tolerance", tolerance)
    return tolerance


def next_version(folder):
    """One more than the highest number that is the name of something in a folder."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return 1 + max((int(name) for name in names if name.isascii() and name.isdigit()), default=0)


def names_of_classes(model, class_names, activation=None):
    """The given names, those of a published data set of as many classes, or numbers; `None` of features."""
    task = task_of(model)
    if task == NETWORK:
        if class_names is not None:
            raise ValueError("`class_names` must be None for a model of several outputs. Received: names of classes")
        return None
    if task == DETECTOR:
        count = model.classes
    elif task == SEGMENTER:
        count = model.classes
        if count == 1:
            return _names_of_two(class_names, ["background", "foreground"])
    elif class_scores(model, activation).name == FEATURES:
        if class_names is not None:
            raise ValueError("`class_names` must be None for a feature extractor. Received: names of classes")
        return None
    else:
        count = model.outputs[0].shape[-1]
        if count == 1:
            return _names_of_two(class_names, numbered_classes(2))
    if class_names is None:
        dataset = dataset_of(TASKS[task], count)
        return list(dataset.class_names) if dataset else numbered_classes(count)
    check_strings("class_names", class_names, count)
    return list(class_names)


def _names_of_two(class_names, default):
    """Names of 0 and 1, which the single output of a model tells apart; one given name is that of 1."""
    names = default if class_names is None else class_names
    if not are_strings(names) or len(names) not in (1, 2):
        raise ValueError(
            "`class_names` must be a sequence of the name of the one class, or of the names of 0 and 1. "
            f"Received: class_names={class_names!r}"
        )
    return list(names if len(names) == 2 else [default[0], *names])


def comparison_images(model, samples):
    """The images on which to compare, float32 as the model takes them, and what they are, in words."""
    shape = model.inputs[0].shape[1:]
    if samples is None:
        if shape[-1] != 3:
            raise ValueError(f"`samples` must be given for a model of {shape[-1]} channels. Received: samples=None")
        photos, described = sample_photographs(tuple(side or UNKNOWN_SIZE for side in shape[:2]))
        return from_pixels(model, photos.astype("float32")), described
    samples = as_images("samples", samples, shape)
    return samples, f"{len(samples)} given images"


def check_calibration(model, calibration, precision):
    """The images that tell ranges, float32 as the model takes them, or `None` for a precision that needs none."""
    if precision != "int8":
        if calibration is not None:
            raise ValueError(
                f"`calibration` must be None unless `precision` is 'int8'. Received: precision={precision!r}"
            )
        return None
    if calibration is None:
        raise ValueError("`calibration` must be images for the precision 'int8'. Received: calibration=None")
    return as_images("calibration", calibration, model.inputs[0].shape[1:])


def as_images(name, images, shape):
    """An argument as a float32 array of at least one image of a shape."""
    try:
        images = np.asarray(images, "float32")
    except (TypeError, ValueError):  # text, an object, a list of images of several sizes
        raise ValueError(
            f"`{name}` must be an array of images of one size. Received: {type(images).__name__}"
        ) from None
    fits = images.ndim == 4 and all(known in (None, side) for known, side in zip(shape, images.shape[1:]))
    if not fits or len(images) == 0:
        raise ValueError(
            f"`{name}` must be images of shape (batch, {', '.join(map(str, shape))}). Received: shape={images.shape}"
        )
    return images


def as_uint8(model, image):
    """An image as the model takes it, as a uint8 image."""
    return np.rint(image if scales_pixels(model) else image * 255.0).clip(0, 255).astype("uint8")
