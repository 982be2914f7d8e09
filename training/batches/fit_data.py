"""Converts batches to data for `fit` and `evaluate` of Keras."""

import keras

from training.batches.batches import Batches


def fit_data(batches: Batches):
    """Converts batches to data for `fit(..., shuffle=False)` and `evaluate`. The data can be used several times.

    Args:
        batches: `Batches`.

    Returns:
        On TensorFlow, a `tf.data.Dataset`. On JAX and PyTorch, a `keras.utils.PyDataset`. Both tell Keras the number of
        batches.
    """
    return _tensorflow_dataset(batches) if keras.backend.backend() == "tensorflow" else BatchesInOrder(batches)


class BatchesInOrder(keras.utils.PyDataset):
    """Returns batches by number, in order, and starts again at number 0.

    Before the first epoch, Keras asks for the first batch to build losses and metrics. Then Keras asks for the first
    batch again. The batch is prepared only once.

    Args:
        batches: `Batches`.
    """

    def __init__(self, batches: Batches):
        super().__init__()
        self._batches = batches
        self._iterator = self._batch = None
        self._number = -1  # number of the last returned batch

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        if index != self._number:
            if index == 0:
                self._iterator = iter(self._batches)
            elif index != self._number + 1:
                raise ValueError(f"Batches come in order: pass `shuffle=False` to `fit`. Received: index={index}")
            self._number, self._batch = index, next(self._iterator)
        batch = self._batch
        if index == len(self) - 1:
            self._iterator, self._batch, self._number = None, None, -1
        return batch


def _tensorflow_dataset(batches):
    import tensorflow as tf

    def specification(array):
        sides = array.shape[1:]
        if array.ndim == 4 and batches.image_size is None:  # otherwise Keras takes the sizes of the first two batches
            sides = (None, None, sides[-1])
        return tf.TensorSpec((batches.batch_size, *sides), array.dtype)

    specifications = tf.nest.map_structure(specification, batches.example)
    dataset = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=specifications)
    options = tf.data.Options()
    # Each replica takes its part of a batch by position.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return dataset.prefetch(1).with_options(options)
