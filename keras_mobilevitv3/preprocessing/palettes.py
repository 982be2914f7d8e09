"""Colors of the classes in segmentation masks."""

import numpy as np

from keras_mobilevitv3.datasets import DATASETS

MAX_CLASSES = 256  # number of colors of a picture file with a palette


def segmentation_palette(dataset: str | int) -> np.ndarray:
    """Returns the colors of the classes of a data set, or of any number of classes.

    Args:
        dataset: String, `"pascal_voc"` or `"ade20k"`, for the colors of the benchmark. Or integer, number of classes
            from 1 to 256, for colors by the rule of PASCAL VOC.

    Returns:
        Uint8 NumPy array of shape `(classes, 3)`, RGB.

    Raises:
        ValueError: If `dataset` is invalid.
    """
    known = {name: each for name, each in DATASETS.items() if each.task == "segmentation"}
    if isinstance(dataset, str) and dataset in known:
        colors = known[dataset].palette
        if colors is None:
            return _spread_bits(known[dataset].classes)
        return np.array([list(bytes.fromhex(color)) for color in colors], "uint8")
    if not isinstance(dataset, int) or isinstance(dataset, bool) or not 1 <= dataset <= MAX_CLASSES:
        raise ValueError(
            f"`dataset` must be one of {list(known)}, or a number of classes from 1 to {MAX_CLASSES}. "
            f"Received: dataset={dataset!r}"
        )
    return _spread_bits(dataset)


def _spread_bits(classes):
    """Returns colors by the rule of PASCAL VOC.

    The three highest bits of red are bits 0, 3 and 6 of the label, highest first. Green has bits 1, 4 and 7, and blue
    has bits 2, 5 and 8.
    """
    labels = np.arange(classes)
    palette = np.zeros((classes, 3), "uint8")
    for channel in range(3):
        for position in range(3):
            bit = labels >> (3 * position + channel) & 1
            palette[:, channel] |= (bit << (7 - position)).astype("uint8")
    return palette
