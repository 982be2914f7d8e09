"""What both optimizers have from their base, shown with `SGD` without momentum, whose step is the gradient."""

import numpy as np
import pytest
from keras import ops

from tests.training.optimizers.check_optimizer import (
    SHAPES,
    check_close,
    gradients,
    make_variables,
    starts,
    train_keras,
)
from training.optimizers import SGD


def plain(**arguments):
    return SGD(1.0, momentum=0.0, **arguments)


def steps_of(optimizer, scale=1.0):
    """What the first step takes off each variable."""
    after = train_keras(optimizer, make_variables(), [0], scale)
    return {path: start - after[path] for path, start in starts().items()}


def global_norm(arrays):
    return np.sqrt(sum(np.sum(np.square(array, dtype="float64")) for array in arrays.values()))


def test_clipping():
    norm = global_norm(gradients(0))
    for max_norm, expected in {norm / 4: norm / 4, norm * 2: norm, float("inf"): norm}.items():
        optimizer = plain(max_gradient_norm=max_norm)
        np.testing.assert_allclose(global_norm(steps_of(optimizer)), expected, rtol=1e-5)
        np.testing.assert_allclose(ops.convert_to_numpy(optimizer.gradient_norm), norm, rtol=1e-6)
    assert plain().gradient_norm is None


def test_zero_gradient():
    steps = steps_of(plain(max_gradient_norm=1.0), scale=0.0)
    assert global_norm(steps) == 0.0


def test_missing_gradient():
    variables = make_variables()
    optimizer = plain(max_gradient_norm=1.0)
    values = [ops.convert_to_tensor(gradient) for gradient in gradients(0).values()]
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        optimizer.apply([None, *values[1:]], variables)
    np.testing.assert_array_equal(ops.convert_to_numpy(variables[0]), starts()["conv/kernel"])


def test_loss_scale_factor():
    found = steps_of(plain(max_gradient_norm=2.0, loss_scale_factor=64.0), scale=64.0)
    check_close(found, steps_of(plain(max_gradient_norm=2.0)), 1e-6)


def test_decay_1d():
    for decay_1d in (True, False):
        steps = steps_of(plain(weight_decay=0.5, decay_1d=decay_1d), scale=0.0)
        for path, start in starts().items():
            decayed = decay_1d or len(SHAPES[path]) != 1
            np.testing.assert_allclose(steps[path], 0.5 * start * decayed, atol=1e-6, err_msg=path)


def test_first_fitting_multiplier():
    found = steps_of(plain(learning_rate_multipliers={"*head/bias": 0.0, "*head/*": 10.0}))
    multipliers = {"head/bias": 0.0, "head/kernel": 10.0}
    expected = {path: multipliers.get(path, 1.0) * gradient for path, gradient in gradients(0).items()}
    check_close(found, expected, 1e-5)


def test_errors():
    with pytest.raises(ValueError, match="`max_gradient_norm` must be a finite number above 0 or None"):
        plain(max_gradient_norm=0.0)
    with pytest.raises(ValueError, match="typo"):
        plain(learning_rate_multipliers={"typo/*": 2.0}).build(make_variables())
