"""An exported model against the Keras model."""

from dataclasses import dataclass

import keras
import numpy as np

from keras_mobilevitv3.exporting.runtimes import open_artefact

# What may differ, as a part of the largest value of an output.
TOLERANCES = {"float32": 1e-3, "float16": 3e-2, "dynamic_int8": 1.0, "int8": 1.0}
BATCH_SIZE = 4
# Of the detections with the largest differences: rounding may turn a close decision of non-maximum suppression.
TURNED = 0.02


@dataclass(frozen=True)
class Difference:
    """The largest differences of any output.

    Args:
        relative: Float, as a part of the largest value of the output.
        absolute: Float, as it is.
    """

    relative: float
    absolute: float


def verify(deployed, path, format, images, tolerance, described, batch_size=None):
    """Runs what was exported in its own runtime and compares it with the Keras model.

    Args:
        deployed: Keras model of `deployed_model`.
        path: `pathlib.Path` of the file or folder.
        format: String, the format.
        images: Float32 array of images, as the model takes them.
        tolerance: Float, what the relative difference may be.
        described: String, what the images are, for the error.
        batch_size: Integer, images per call of the file, or `None` for any number. Defaults to `None`.

    Returns:
        A `Difference`, see `compare`.

    Raises:
        RuntimeError: If it is more than the tolerance.
    """
    expected = keras_outputs(deployed, images)
    difference = compare(expected, in_batches(open_artefact(path, format), images, batch_size), images.shape[1:3])
    if not difference.relative <= tolerance:
        raise RuntimeError(
            f"What was exported differs from the Keras model by {difference.relative:.2g} of the largest output on "
            f"{described}; `tolerance` must be more to accept that. Received: tolerance={tolerance}"
        )
    return difference


def in_batches(run, images, batch_size):
    """Outputs of a function that takes `batch_size` images, or any number of them if that is `None`."""
    if batch_size is None:
        return run(images)
    padded = np.concatenate([images, np.repeat(images[-1:], -len(images) % batch_size, axis=0)])
    parts = [run(padded[start : start + batch_size]) for start in range(0, len(padded), batch_size)]
    return {name: np.concatenate([part[name] for part in parts])[: len(images)] for name in parts[0]}


def keras_outputs(deployed, images):
    """Outputs of a `deployed_model` as a dict of NumPy arrays."""
    # TensorFlow takes longer to trace a function than to run it twice, unless it has loops; JAX is slow without.
    eager = keras.backend.backend() == "tensorflow" and "num_detections" not in deployed.output
    deployed.compile(run_eagerly=eager)
    return deployed.predict(images, batch_size=BATCH_SIZE, verbose=0)


def compare(expected, actual, image_size):
    """How far the outputs of two models are from each other.

    Detections are compared with the nearest of the same class of the other model, in both directions, by the sides of
    their boxes in units of the image and by their confidence, and 2 % of them are left out: near a threshold, rounding
    decides what non-maximum suppression keeps. Of maps of classes it is the share of the pixels that differ.

    Args:
        expected: Dict of NumPy arrays.
        actual: Dict of NumPy arrays.
        image_size: Tuple `(height, width)`, of the images.

    Returns:
        A `Difference`; both numbers are infinite where the outputs differ in names or shapes, or are not finite.
    """
    shapes = [{name: np.shape(output) for name, output in outputs.items()} for outputs in (expected, actual)]
    if shapes[0] != shapes[1]:
        return Difference(np.inf, np.inf)
    if "num_detections" in expected:
        difference = detections_difference(expected, actual, image_size)
        return Difference(difference, difference)
    relative, absolute = 0.0, 0.0
    for name, output in expected.items():
        if np.issubdtype(output.dtype, np.integer):
            largest, scale = float(np.mean(output != actual[name])), 1.0
        else:
            largest = float(np.abs(output.astype("float64") - actual[name]).max())
            scale = float(np.abs(output).max()) or 1.0
        if not np.isfinite(largest):
            return Difference(np.inf, np.inf)
        relative, absolute = max(relative, largest / scale), max(absolute, largest)
    return Difference(relative, absolute)


def detections_difference(expected, actual, image_size):
    """The largest distance of a detection from the nearest of its class in the other model, but for 2 % of them."""
    distances = []
    for number in range(len(expected["num_detections"])):
        one, other = (detections_of(outputs, number, image_size) for outputs in (expected, actual))
        distances += [*nearest_distances(one, other), *nearest_distances(other, one)]
    kept = sorted(distances)[: len(distances) - int(TURNED * len(distances))]
    return float(kept[-1]) if kept else 0.0


def detections_of(outputs, number, image_size):
    """Labels of the detections of an image, and rows of their boxes in units of the image and their confidence."""
    count, (height, width) = int(outputs["num_detections"][number]), image_size
    boxes = outputs["boxes"][number, :count] / np.array([width, height, width, height])
    return outputs["labels"][number, :count], np.column_stack([boxes, outputs["confidence"][number, :count]])


def nearest_distances(ones, others):
    """For each detection its largest difference from the nearest one of the same class; 1 where there is none."""
    (labels, rows), (other_labels, other_rows) = ones, others
    if len(other_labels) == 0:
        return np.ones(len(labels))
    distances = np.abs(rows[:, None] - other_rows[None]).max(axis=-1)  # (N, M)
    distances = np.where(labels[:, None] == other_labels[None], distances, 1.0)
    return np.where(np.isnan(distances), np.inf, distances).min(axis=1)
