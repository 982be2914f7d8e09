"""Images in memory."""

import numpy as np
import tensorflow as tf

from training.data.epoch_plan import epoch_order


class ArraySource:
    """Images and labels in arrays.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        labels: Integer array of shape `(count,)`.
        class_names: Sequence of strings.
    """

    def __init__(self, images, labels, class_names):
        images, labels = np.asarray(images), np.asarray(labels, "int64")
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
            raise ValueError(
                "`images` must be a uint8 array of shape (count, height, width, 3). "
                f"Received: {images.dtype} of shape {images.shape}"
            )
        if labels.shape != images.shape[:1]:
            raise ValueError(f"`labels` must be {len(images)}, one for each image. Received: shape={labels.shape}")
        if not 0 <= labels.min(initial=0) <= labels.max(initial=0) < len(class_names):
            raise ValueError(
                f"`labels` must be in [0, {len(class_names)}), the number of `class_names`. "
                f"Received: labels from {labels.min()} to {labels.max()}"
            )
        self.images = tf.constant(images)
        self.labels = labels
        self.class_names = tuple(class_names)

    def __len__(self):
        return len(self.labels)

    def references(self, seed=None, epoch=0):
        order = np.arange(len(self)) if seed is None else epoch_order(len(self), seed, epoch)
        samples = {"name": order.astype("str"), "label": self.labels[order], "index": order}
        return tf.data.Dataset.from_tensor_slices({key: tf.constant(value) for key, value in samples.items()})

    def load(self, reference):
        return tf.gather(self.images, reference["index"])
