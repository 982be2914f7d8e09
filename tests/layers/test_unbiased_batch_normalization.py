import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers.unbiased_batch_normalization import UnbiasedBatchNormalization
from tests import numpy_reference
from tests.gradients import loss_and_gradients

MOMENTUM = 0.9
RNG = np.random.default_rng(0)
BATCHES = [RNG.normal(3, 2, (2, 3, 4, 5)).astype("float32") for _ in range(3)]
AXES = (0, 1, 2)


def statistics(layer):
    return keras.ops.convert_to_numpy(layer.moving_mean), keras.ops.convert_to_numpy(layer.moving_variance)


def filled_layer(**arguments):
    """A layer of five channels with weights of no default, and these as arrays."""
    layer = UnbiasedBatchNormalization(**{"momentum": MOMENTUM, "epsilon": 1e-5, **arguments})
    layer.build((None, None, None, 5))
    weights = [np.linspace(0.5 + number, 1.5, 5) for number in range(len(layer.weights))]
    layer.set_weights(weights)
    return layer, weights


def normalize(batch, gamma=1.0, beta=0.0):
    """A batch with its own statistics, in float64."""
    axes = tuple(range(batch.ndim - 1))
    return numpy_reference.batch_norm(batch.astype("float64"), gamma, beta, batch.mean(axes), batch.var(axes))


@pytest.mark.parametrize("compiled", [False, True])
def test_moving_variance_averages_unbiased_variances(compiled):
    layer = UnbiasedBatchNormalization(momentum=MOMENTUM, epsilon=1e-5)
    model = keras.Sequential([keras.Input((None, None, 5)), layer])
    model.compile(keras.optimizers.SGD(0.0), "mse", run_eagerly=not compiled)
    mean, variance = np.zeros(5), np.ones(5)
    for batch in BATCHES:
        model.train_on_batch(batch, batch)
        mean = MOMENTUM * mean + (1 - MOMENTUM) * batch.mean(AXES)
        variance = MOMENTUM * variance + (1 - MOMENTUM) * batch.var(AXES, ddof=1)
    np.testing.assert_allclose(statistics(layer), (mean, variance), rtol=1e-5)


@pytest.mark.parametrize("shape", [(12, 5), (4, 3, 5), (2, 3, 2, 5), (2, 2, 3, 2, 5)])
def test_a_batch_is_normalized_with_its_biased_variance(shape):
    batch = BATCHES[0].ravel()[: np.prod(shape)].reshape(shape)
    layer = UnbiasedBatchNormalization(epsilon=1e-5)
    outputs = keras.ops.convert_to_numpy(layer(batch, training=True))
    np.testing.assert_allclose(outputs, normalize(batch), atol=1e-5)


@pytest.mark.parametrize(("scale", "center"), [(True, True), (True, False), (False, True), (False, False)])
def test_scale_and_center(scale, center):
    layer, weights = filled_layer(scale=scale, center=center)
    mean, variance = weights[-2:]
    arguments = {"gamma": weights[0]} if scale else {}
    arguments |= {"beta": weights[int(scale)]} if center else {}
    expected = numpy_reference.batch_norm(
        BATCHES[0], arguments.get("gamma", 1.0), arguments.get("beta", 0.0), mean, variance
    )
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(BATCHES[0])), expected, rtol=1e-5, atol=1e-5)
    outputs = keras.ops.convert_to_numpy(layer(BATCHES[0], training=True))
    np.testing.assert_allclose(outputs, normalize(BATCHES[0], **arguments), rtol=1e-5, atol=1e-5)


class Offset(keras.layers.Layer):
    """Adds a weight of the shape of the batch, whose gradient is that of the values added to."""

    def build(self, input_shape):
        self.offset = self.add_weight(shape=input_shape, initializer="zeros", name="offset")

    def call(self, inputs):
        return inputs + self.offset


@pytest.mark.parametrize("trainable", [True, False])
def test_gradients(trainable):
    """Of `sum(cotangent * outputs)`; of the inputs by the formula of the paper, or with the moving statistics."""
    layer, (gamma, _, mean, variance) = filled_layer(trainable=trainable)
    batch, cotangent = BATCHES[0], BATCHES[1].astype("float64")
    model = keras.Sequential([keras.Input(batch_shape=batch.shape), Offset(), layer])
    factor = keras.ops.convert_to_tensor(BATCHES[1])
    _, found = loss_and_gradients(model, batch, lambda outputs: keras.ops.sum(outputs * factor))
    if trainable:
        normalized, deviation = normalize(batch), np.sqrt(batch.var(AXES) + 1e-5)
        centred = cotangent - cotangent.mean(AXES) - normalized * (cotangent * normalized).mean(AXES)
        np.testing.assert_allclose(found[1], (cotangent * normalized).sum(AXES), rtol=1e-4)
        np.testing.assert_allclose(found[2], cotangent.sum(AXES), rtol=1e-5)
    else:
        deviation, centred = np.sqrt(variance + 1e-5), cotangent
    assert len(found) == (3 if trainable else 1)
    np.testing.assert_allclose(found[0], gamma * centred / deviation, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "bfloat16"])
def test_half_precision(dtype):
    """Outputs are of half precision, the sums behind them are not: those of 4096 values would be far off."""
    batch = RNG.normal(8, 2, (4, 32, 32, 5)).astype("float16")
    layer = UnbiasedBatchNormalization(momentum=0.0, epsilon=1e-5, dtype=dtype)
    outputs = layer(batch, training=True)
    half = dtype.removeprefix("mixed_")
    assert keras.backend.standardize_dtype(outputs.dtype) == half
    assert layer.moving_mean.dtype == ("float32" if dtype.startswith("mixed") else half)
    batch = np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(keras.ops.cast(batch, half), "float32")))
    outputs = keras.ops.convert_to_numpy(keras.ops.cast(outputs, "float32"))
    np.testing.assert_allclose(outputs, normalize(batch), atol=0.03 if half == "bfloat16" else 0.004)
    rtol = 1e-3 if dtype.startswith("mixed") else 1e-2
    found = [keras.ops.convert_to_numpy(keras.ops.cast(each, "float32")) for each in layer.weights[-2:]]
    np.testing.assert_allclose(found, (batch.mean(AXES), batch.var(AXES, ddof=1)), rtol=rtol)


@pytest.mark.parametrize("training", [True, False])
def test_a_single_value_per_channel_stays_finite(training):
    layer = UnbiasedBatchNormalization(momentum=MOMENTUM)
    outputs = layer(np.full((1, 1, 1, 5), 7, "float32"), training=training)
    assert np.isfinite(keras.ops.convert_to_numpy(outputs)).all()
    assert np.isfinite(statistics(layer)).all()


@pytest.mark.parametrize(("training", "trainable"), [(False, True), (True, False)])
def test_nothing_is_averaged_in_inference_or_when_frozen(training, trainable):
    layer, (gamma, beta, mean, variance) = filled_layer(trainable=trainable)
    outputs = keras.ops.convert_to_numpy(layer(BATCHES[0], training=training))
    expected = numpy_reference.batch_norm(BATCHES[0], gamma, beta, mean, variance)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(statistics(layer), np.array([mean, variance], "float32"))


def test_stateless_call_returns_the_statistics():
    layer, weights = filled_layer()
    trainable, others = ([weight.value for weight in group] for group in (layer.trainable_variables, layer.weights[2:]))
    _, new = layer.stateless_call(trainable, others, keras.ops.convert_to_tensor(BATCHES[0]), training=True)
    np.testing.assert_array_equal(statistics(layer), np.array(weights[2:], "float32"))
    expected = MOMENTUM * weights[3] + (1 - MOMENTUM) * BATCHES[0].var(AXES, ddof=1)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(new[1]), expected, rtol=1e-5)


def test_statistics_of_all_replicas():
    """One replica of two, to which the other has the same values, has the statistics of twice the batch."""
    layer, weights = filled_layer()
    layer.sum_over_replicas = lambda values: values * 2
    outputs = keras.ops.convert_to_numpy(layer(BATCHES[0], training=True))
    np.testing.assert_allclose(outputs, normalize(BATCHES[0], *weights[:2]), rtol=1e-5, atol=1e-5)
    twice = np.concatenate([BATCHES[0]] * 2)
    expected = MOMENTUM * weights[3] + (1 - MOMENTUM) * twice.var(AXES, ddof=1)
    np.testing.assert_allclose(statistics(layer)[1], expected, rtol=1e-5)
