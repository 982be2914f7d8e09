"""Batches in `fit` and `evaluate`, on every backend."""

import keras
import numpy as np
import pytest

from training.batches.batches import Batches
from training.batches.corrupt_images import CorruptImages
from training.batches.fit_data import fit_data

BACKEND = keras.backend.backend()


class MakeBatch:
    """Images of the level of their step, of one size or of a size for each step, and the level as target."""

    def __init__(self, sizes):
        self.sizes = sizes
        self.made = []

    def __call__(self, step):
        self.made.append(step)
        size = self.sizes[step % len(self.sizes)]
        return (np.full((2, size, size, 3), step, "float32"), np.full((2, 1), step, "float32")), []


class Steps(keras.callbacks.Callback):
    """The numbers of the steps, and how many Keras expects."""

    def on_train_begin(self, logs=None):
        self.expected, self.seen = self.params["steps"], []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


def batches(make_batch, steps, threads=0):
    size = make_batch.sizes[0] if len(make_batch.sizes) == 1 else None
    example = tuple(part[:1] for part in make_batch(0)[0])
    make_batch.made.clear()
    return Batches(make_batch, range(steps), example, 2, size, CorruptImages(9), threads=threads)


@pytest.fixture
def model():
    """A model whose loss is the mean of the levels."""
    pool = keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([keras.Input((None, None, 3)), pool, keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.0), "mae", metrics=["mae"], run_eagerly=BACKEND != "jax")
    return model


@pytest.mark.parametrize("sizes", [(4,), (4, 6), (4, 4, 6)], ids=["one size", "two sizes", "a third batch of another"])
def test_fit_takes_each_batch_once(model, sizes):
    make_batch, steps = MakeBatch(sizes), Steps()
    history = model.fit(fit_data(batches(make_batch, 4)), shuffle=False, verbose=0, callbacks=[steps]).history
    assert steps.seen == [0, 1, 2, 3]
    assert steps.expected == 4
    assert history["loss"] == [pytest.approx((0 + 1 + 2 + 3) / 4)]
    assert sorted(set(make_batch.made)) == [0, 1, 2, 3]
    if BACKEND != "tensorflow":  # which starts the data anew after it has looked at the first batch
        assert make_batch.made == [0, 1, 2, 3]


def test_data_is_evaluated_again(model):
    evaluation = fit_data(batches(MakeBatch((4,)), 3, threads=None))
    model.fit(fit_data(batches(MakeBatch((4,)), 2)), validation_data=evaluation, shuffle=False, verbose=0, epochs=2)
    assert model.history.history["val_loss"] == [1.0, 1.0]
    assert model.evaluate(evaluation, verbose=0) == [1.0, 1.0]


@pytest.mark.backend("jax", "torch")
def test_batches_come_in_order(model):
    make_batch = MakeBatch((4,))
    data = fit_data(batches(make_batch, 4))
    assert [int(data[number][1][0, 0]) for number in (0, 0, 1, 2, 3, 0, 1)] == [0, 0, 1, 2, 3, 0, 1]
    assert make_batch.made == [0, 1, 2, 3, 0, 1]
    with pytest.raises(ValueError, match="Batches come in order: pass `shuffle=False` to `fit`. Received: index=3"):
        data[3]
    with pytest.raises(ValueError, match="pass `shuffle=False`"):
        model.fit(fit_data(batches(make_batch, 40)), verbose=0)


@pytest.mark.backend("tensorflow")
def test_specification_of_a_tensorflow_dataset():
    import tensorflow as tf

    images, levels = fit_data(batches(MakeBatch((4,)), 4)).element_spec
    assert (images, levels) == (tf.TensorSpec((2, 4, 4, 3)), tf.TensorSpec((2, 1)))
    dataset = fit_data(batches(MakeBatch((4, 6)), 4))
    assert dataset.element_spec[0] == tf.TensorSpec((2, None, None, 3))
    assert dataset.cardinality() == 4
