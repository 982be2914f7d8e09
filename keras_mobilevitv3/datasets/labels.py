"""Class names of data sets."""

from keras_mobilevitv3.checks import check_choice
from keras_mobilevitv3.datasets.coco import CATEGORIES
from keras_mobilevitv3.datasets.segmentation_labels import ADE20K, PASCAL_VOC

CLASS_NAMES = {
    "ade20k": ADE20K,
    "coco": tuple(CATEGORIES.values()),
    "pascal_voc": PASCAL_VOC,
    "digits": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}


def class_names(dataset):
    """Returns the class names of a data set, in the order of its labels.

    Args:
        dataset: String: `"ade20k"` (150 classes of pixels), `"coco"` (80 classes of objects), `"digits"` (the
            handwritten digits of scikit-learn), or `"pascal_voc"` (21 classes of pixels, the background first).

    Returns:
        Tuple of strings.

    Raises:
        ValueError: If `dataset` is none of these.
    """
    check_choice("dataset", dataset, CLASS_NAMES)
    return CLASS_NAMES[dataset]


def numbered_classes(count):
    """Names for classes without any."""
    return [f"class {index}" for index in range(count)]
