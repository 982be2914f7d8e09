"""Checks boxes of annotation files: some are used, some are left out, and some are errors."""

import logging
import math
from collections.abc import Sequence

from keras_mobilevitv3.array_types import FilePath
from training.sources.pictures import some

logger = logging.getLogger(__name__)

ROUNDING = 1.0  # number of pixels that a box may lie outside its picture


def is_usable(box: Sequence[float], size: Sequence[int], place: str) -> bool:
    """Returns whether a box has an area in its picture.

    Args:
        box: Sequence of four floats, xyxy, in the units of `size`.
        size: Height and width of the picture, or zeros if the size is unknown.
        place: String, the origin of the box for messages: a file and the number of an annotation.

    Raises:
        ValueError: If the box is not finite, is inverted, or lies outside the picture by more than a pixel.
    """
    left, top, right, bottom = box
    if not all(map(math.isfinite, box)) or right < left or bottom < top:
        raise ValueError(f"Boxes must be finite and not inverted. Received: {place} with {list(box)} (xyxy)")
    height, width = size
    if not (height and width):
        return right > left and bottom > top
    if left > width + ROUNDING or top > height + ROUNDING or right < -ROUNDING or bottom < -ROUNDING:
        raise ValueError(
            f"Boxes must lie in their picture, at least in part. Received: {place} with {list(box)} (xyxy) in "
            f"a picture of {width}x{height} pixels"
        )
    return min(right, width) > max(left, 0) and min(bottom, height) > max(top, 0)


def check_in_pixels(boxes: Sequence[Sequence[float]], source: FilePath) -> None:
    """Raises `ValueError` if all boxes of a data set, xyxy, look like fractions of their pictures."""
    if boxes and max(map(max, boxes)) <= 1 and any(side % 1 for box in boxes for side in box):
        raise ValueError(
            "Boxes must be in pixels, not fractions of the width and height. "
            f"Received: {str(source)!r} with {len(boxes)} boxes, none of which is beyond 1"
        )


def log_boxes_without_area(source: FilePath, count: int) -> None:
    """Logs how many boxes a data set leaves out, if any."""
    if count:
        logger.warning("%s: left out %d boxes without an area in their picture", source, count)


def check_class_names(train: Sequence[str], validation: Sequence[str], sources: Sequence[FilePath]) -> None:
    """Raises `ValueError` if a class occurs in validation only, or two classes have the same name.

    Args:
        train: Sequence of strings, the class names of training.
        validation: Sequence of strings, the class names of validation.
        sources: Paths of the annotations of training and of validation, for messages.
    """
    for names, source in zip((train, validation), sources):
        repeated = sorted({name for name in names if list(names).count(name) > 1})
        if repeated or not names:
            raise ValueError(
                "There must be classes, of different names. "
                f"Received: {str(source)!r} with {len(names)} classes, {some(repeated)} more than once"
            )
    unknown = sorted(set(validation) - set(train))
    if unknown:
        raise ValueError(
            f"The classes of validation must be those of training. Received: {some(unknown)} only in "
            f"{str(sources[1])!r}; {str(sources[0])!r} has {some(train)}"
        )
