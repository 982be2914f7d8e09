import keras
import numpy as np
import pytest

from training.callbacks import StopOnNaN
from training.optimizers import SGD, WarmupCosine

INPUTS = np.ones((12, 3), "float32")


def make_model(optimizer, **compile_arguments):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse", jit_compile=keras.backend.backend() == "jax", **compile_arguments)
    return model


def fit(model, bad_value, epochs):
    """Three batches an epoch; the last target of each epoch is `bad_value`."""
    targets = np.zeros((12, 1), "float32")
    targets[-1] = bad_value
    return model.fit(INPUTS, targets, batch_size=4, epochs=epochs, shuffle=False, verbose=0, callbacks=[StopOnNaN()])


@pytest.mark.parametrize("bad_value", [np.nan, np.inf])
def test_step_and_learning_rate(bad_value):
    model = make_model(SGD(WarmupCosine(2e-3, 2e-4, epochs=4, steps_per_epoch=3, warmup_steps=5)))
    fit(model, 1.0, 1)
    with pytest.raises(FloatingPointError, match=r"at step 5 \(batch 2 of its epoch\), learning rate 0.0017364\."):
        fit(model, bad_value, 1)


def test_constant_rate():
    with pytest.raises(FloatingPointError, match=r"at step 2 .* learning rate 0.125\."):
        fit(make_model(keras.optimizers.SGD(0.125)), np.nan, 2)


def test_loss_scale_optimizer():
    optimizer = keras.optimizers.LossScaleOptimizer(SGD(0.125))
    with pytest.raises(FloatingPointError, match=r"learning rate 0.125\."):
        fit(make_model(optimizer), np.nan, 2)


def test_finite_loss_goes_on():
    assert len(fit(make_model(SGD(1e-3)), 1e15, 2).history["loss"]) == 2
