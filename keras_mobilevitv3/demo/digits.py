"""Handwritten digits of scikit-learn as RGB images."""

from typing import NamedTuple

import keras
import numpy as np

IMAGE_SIZE = 64
MAX_SHIFT = 4  # pixels; half a pixel of the 8x8 originals
TEST_SHARE = 0.2
SPLIT_SEED = 0


class Digits(NamedTuple):
    """Uint8 RGB images of shape `(count, 64, 64, 3)` with values 0-255, and integer labels of shape `(count,)`."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load_digits() -> Digits:
    """Loads the 1,797 digits, enlarged from 8x8 to 64x64 pixels. One fifth of the digits are test images.

    Returns:
        `Digits`. The split is stratified by class and always the same.

    Raises:
        ImportError: If scikit-learn or Pillow is not installed.
    """
    try:
        from PIL import Image
        from sklearn import datasets, model_selection
    except ImportError as error:
        raise ImportError(
            f"The demo needs {error.name}. Install it with `pip install keras-mobilevitv3[train]`"
        ) from error

    digits = datasets.load_digits()
    gray = np.round(digits.images * (255 / 16)).astype("uint8")  # original values: 0-16
    size = (IMAGE_SIZE, IMAGE_SIZE)
    images = np.stack([Image.fromarray(image).resize(size, Image.Resampling.BICUBIC).convert("RGB") for image in gray])
    train_images, test_images, train_labels, test_labels = model_selection.train_test_split(
        images, digits.target, test_size=TEST_SHARE, stratify=digits.target, random_state=SPLIT_SEED
    )
    return Digits(train_images, train_labels, test_images, test_labels)


class ShiftedBatches(keras.utils.PyDataset):
    """Batches of images in random order. Each image is shifted at random by up to `MAX_SHIFT` pixels.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, with a black border.
        labels: Integer array of shape `(count,)`.
        batch_size: Integer, number of images in a batch.
        seed: Integer, seed of the order and the shifts.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, batch_size: int, seed: int) -> None:
        super().__init__()
        margins = ((0, 0), (MAX_SHIFT, MAX_SHIFT), (MAX_SHIFT, MAX_SHIFT), (0, 0))
        self.padded = np.pad(images, margins)
        self.image_shape = images.shape[1:]
        self.labels = labels
        self.batch_size = batch_size
        self.random = np.random.default_rng(seed)
        self.order = self.random.permutation(len(labels))

    def __len__(self):
        return -(-len(self.labels) // self.batch_size)

    def __getitem__(self, index):
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        height, width, _ = self.image_shape
        batch = np.empty((len(chosen), *self.image_shape), "uint8")
        for position, image in enumerate(chosen):
            top, left = self.random.integers(0, 2 * MAX_SHIFT + 1, 2)
            batch[position] = self.padded[image, top : top + height, left : left + width]
        return batch, self.labels[chosen]

    def on_epoch_end(self):
        self.order = self.random.permutation(len(self.labels))
