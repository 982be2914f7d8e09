"""Compares an exported model with the Keras model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from keras_mobilevitv3.array_types import ImageSize, Model
from keras_mobilevitv3.exporting.runtimes import open_artefact

# Largest allowed difference by precision, as a fraction of the largest output value.
TOLERANCES = {"float32": 1e-3, "float16": 3e-2, "dynamic_int8": 1.0, "int8": 1.0}
BATCH_SIZE = 4
# Share of the detections that the comparison ignores: rounding may flip a close decision of non-maximum suppression.
MAX_SHARE_OF_FLIPPED_DETECTIONS = 0.02


@dataclass(frozen=True)
class Difference:
    """Largest difference between the outputs of two models.

    Args:
        relative: Float, difference as a fraction of the largest value of the output.
        absolute: Float, absolute difference.
    """

    relative: float
    absolute: float


def verify(
    deployed: Model,
    path: Path,
    format: str,
    images: np.ndarray,
    tolerance: float,
    samples_description: str,
    batch_size: int | None = None,
) -> Difference:
    """Runs an exported model in its own runtime and compares the outputs with the Keras model.

    Args:
        deployed: Keras model that `deployed_model` returned.
        path: `pathlib.Path` of the exported file or folder.
        format: String, the format.
        images: Float32 array of images in the model's input range.
        tolerance: Float, largest allowed relative difference.
        samples_description: String, description of the images for the error message.
        batch_size: Integer, number of images per call of the file, or `None` for any number. Defaults to `None`.

    Returns:
        A `Difference`; see `compare`.

    Raises:
        RuntimeError: If the relative difference exceeds the tolerance.
    """
    expected = keras_outputs(deployed, images)
    difference = compare(expected, _in_batches(open_artefact(path, format), images, batch_size), images.shape[1:3])
    if not difference.relative <= tolerance:
        raise RuntimeError(
            f"The exported model differs from the Keras model by {difference.relative:.2g} of the largest output value "
            f"on {samples_description}. `tolerance` must be larger to accept the difference. "
            f"Received: tolerance={tolerance}"
        )
    return difference


def _in_batches(run, images, batch_size):
    """Calls a function with `batch_size` images at a time, or with all at once if `batch_size` is `None`."""
    if batch_size is None:
        return run(images)
    padded = np.concatenate([images, np.repeat(images[-1:], -len(images) % batch_size, axis=0)])
    parts = [run(padded[start : start + batch_size]) for start in range(0, len(padded), batch_size)]
    return {name: np.concatenate([part[name] for part in parts])[: len(images)] for name in parts[0]}


def keras_outputs(deployed: Model, images: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the outputs of a `deployed_model` as a dict of NumPy arrays."""
    # On TensorFlow, tracing a function without loops takes longer than running it twice. JAX is slow without tracing.
    eager = keras.backend.backend() == "tensorflow" and "num_detections" not in deployed.output
    deployed.compile(run_eagerly=eager)
    return deployed.predict(images, batch_size=BATCH_SIZE, verbose=0)


def compare(expected: Mapping[str, np.ndarray], actual: Mapping[str, np.ndarray], image_size: ImageSize) -> Difference:
    """Returns the largest difference between the outputs of two models.

    - Detections: each detection is compared with the nearest detection of the same class of the other model, in both
      directions. The difference is the largest of the four box sides, as fractions of the image size, and of the
      confidence. The 2 % largest differences are ignored: near a threshold, rounding decides which boxes non-maximum
      suppression keeps.
    - Class maps: the difference is the share of pixels with another class.
    - Other outputs: the largest absolute difference, also as a fraction of the largest expected value.

    Args:
        expected: Dict of NumPy arrays.
        actual: Dict of NumPy arrays.
        image_size: Tuple `(height, width)` of the images.

    Returns:
        A `Difference`. Both numbers are infinite if the names or shapes of the outputs differ, or values are not
        finite.
    """
    shapes = [{name: np.shape(output) for name, output in outputs.items()} for outputs in (expected, actual)]
    if shapes[0] != shapes[1]:
        return Difference(np.inf, np.inf)
    if "num_detections" in expected:
        difference = _detections_difference(expected, actual, image_size)
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


def _detections_difference(expected, actual, image_size):
    """Returns the largest distance of a detection from the other model's detections, without the largest 2 %."""
    distances: list[float] = []
    for number in range(len(expected["num_detections"])):
        one, other = (_detections_of(outputs, number, image_size) for outputs in (expected, actual))
        distances += [*_nearest_distances(one, other), *_nearest_distances(other, one)]
    kept = sorted(distances)[: len(distances) - int(MAX_SHARE_OF_FLIPPED_DETECTIONS * len(distances))]
    return float(kept[-1]) if kept else 0.0


def _detections_of(outputs, number, image_size):
    """Returns labels `(N,)` of the detections of an image, and rows `(N, 5)` of boxes in image units and confidence."""
    count, (height, width) = int(outputs["num_detections"][number]), image_size
    boxes = outputs["boxes"][number, :count] / np.array([width, height, width, height])
    return outputs["labels"][number, :count], np.column_stack([boxes, outputs["confidence"][number, :count]])


def _nearest_distances(ones, others):
    """Returns the distance of each detection to the nearest one of the same class, or 1 if the class is missing."""
    (labels, rows), (other_labels, other_rows) = ones, others
    if len(other_labels) == 0:
        return np.ones(len(labels))
    distances = np.abs(rows[:, None] - other_rows[None]).max(axis=-1)  # (N, M)
    distances = np.where(labels[:, None] == other_labels[None], distances, 1.0)
    return np.where(np.isnan(distances), np.inf, distances).min(axis=1)
