"""The handwritten digits of scikit-learn, a data set that needs no download."""

from keras_mobilevitv3.datasets import class_names
from training.sources.array_source import ArraySource


def digits_sources() -> tuple[ArraySource, ArraySource]:
    """Returns the sources of training and test: 1,437 and 360 RGB images of 64x64 pixels, split by class."""
    from keras_mobilevitv3.demo.digits import load_digits  # here, because this imports Keras

    digits, names = load_digits(), class_names("digits")
    return (
        ArraySource(digits.train_images, digits.train_labels, names),
        ArraySource(digits.test_images, digits.test_labels, names),
    )
