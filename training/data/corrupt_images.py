"""Counting images that cannot be read."""

import logging
import threading

import tensorflow as tf

logger = logging.getLogger(__name__)


class CorruptImagesError(RuntimeError):
    """Too many images of a data set cannot be read."""


class CorruptImages:
    """Counts the images of a data set that cannot be read, logs their names, and stops the run if there are too many.

    An image counts once, however often it is met. Pass the same object for all epochs.

    Args:
        num_samples: Integer, images in the data set.
        max_share: Float in [0, 1], share of the images above which the run stops. Defaults to `0.01`.

    Attributes:
        names: Set of strings, the images that could not be read so far.
    """

    def __init__(self, num_samples, max_share=0.01):
        if num_samples < 1:
            raise ValueError(f"`num_samples` must be at least 1. Received: num_samples={num_samples}")
        if not 0 <= max_share <= 1:
            raise ValueError(f"`max_share` must be in [0, 1]. Received: max_share={max_share}")
        self.num_samples = num_samples
        self.max_share = max_share
        self.names = set()
        self._lock = threading.Lock()

    def __len__(self):
        return len(self.names)

    def add(self, names):
        """Counts and logs names of images, and raises `CorruptImagesError` if there are too many."""
        with self._lock:
            for name in names:
                name = name.decode() if isinstance(name, bytes) else str(name)
                if name not in self.names:
                    self.names.add(name)
                    logger.warning("Skipped an image that cannot be read: %s", name)
        self.check()

    def check(self):
        """Raises `CorruptImagesError` if more than `max_share` of the images cannot be read."""
        if len(self.names) > self.max_share * self.num_samples:
            examples = ", ".join(sorted(self.names)[:5])
            raise CorruptImagesError(
                f"{len(self.names)} of {self.num_samples} images cannot be read, more than {self.max_share:.0%}: check "
                f"the data set, or allow more with `max_corrupt_share`. Among them: {examples}"
            )

    def add_missing(self, names, found):
        """Counts the images of a batch that were not found, inside a `tf.data` function.

        Python is called only if there are any. A `CorruptImagesError` arrives at the consumer of the data set as an
        error of TensorFlow with its message; `check` raises the error itself.

        Args:
            names: String tensor of shape `(batch,)`.
            found: Int64 tensor, numbers of the images that were read.

        Returns:
            Operation to put control dependencies on.
        """
        count = tf.size(names)

        def report():
            read = tf.scatter_nd(found[:, None], tf.ones_like(found), tf.cast(tf.shape(names), tf.int64)) > 0
            return tf.numpy_function(self._add_array, [names[~read]], tf.bool)

        return tf.cond(tf.size(found) < count, report, lambda: True)

    def _add_array(self, names):
        self.add(names.tolist())
        return True
