import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers.unbiased_batch_normalization import UnbiasedBatchNormalization

MOMENTUM = 0.9
RNG = np.random.default_rng(0)
BATCHES = [RNG.normal(3, 2, (2, 3, 4, 5)).astype("float32") for _ in range(3)]


def statistics(layer):
    return keras.ops.convert_to_numpy(layer.moving_mean), keras.ops.convert_to_numpy(layer.moving_variance)


@pytest.mark.parametrize("compiled", [False, True])
def test_moving_variance_averages_unbiased_variances(compiled):
    layer = UnbiasedBatchNormalization(momentum=MOMENTUM, epsilon=1e-5)
    model = keras.Sequential([keras.Input((None, None, 5)), layer])
    model.compile(keras.optimizers.SGD(0.0), "mse", run_eagerly=not compiled)
    mean, variance = np.zeros(5), np.ones(5)
    for batch in BATCHES:
        model.train_on_batch(batch, batch)
        mean = MOMENTUM * mean + (1 - MOMENTUM) * batch.mean((0, 1, 2))
        variance = MOMENTUM * variance + (1 - MOMENTUM) * batch.var((0, 1, 2), ddof=1)
    np.testing.assert_allclose(statistics(layer), (mean, variance), rtol=1e-5)


def test_a_batch_is_normalized_with_its_biased_variance():
    layer = UnbiasedBatchNormalization(epsilon=1e-5)
    outputs = keras.ops.convert_to_numpy(layer(BATCHES[0], training=True))
    expected = (BATCHES[0] - BATCHES[0].mean((0, 1, 2))) / np.sqrt(BATCHES[0].var((0, 1, 2)) + 1e-5)
    np.testing.assert_allclose(outputs, expected, atol=1e-5)


def test_a_single_value_per_channel_stays_finite():
    layer = UnbiasedBatchNormalization(momentum=MOMENTUM)
    layer(np.full((1, 1, 1, 5), 7, "float32"), training=True)
    assert np.isfinite(statistics(layer)).all()


@pytest.mark.parametrize(("training", "trainable"), [(False, True), (True, False)])
def test_nothing_is_averaged_in_inference_or_when_frozen(training, trainable):
    layer = UnbiasedBatchNormalization(trainable=trainable)
    layer(BATCHES[0], training=training)
    np.testing.assert_array_equal(statistics(layer), (np.zeros(5), np.ones(5)))
