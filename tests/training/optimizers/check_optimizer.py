"""The harness of the optimizers: the same random gradients for a Keras, a PyTorch and a NumPy optimizer."""

import json

import keras
import numpy as np
from keras import ops

from tests.reference_arrays import uniform

SHAPES = {"conv/kernel": (3, 3, 4, 8), "conv/bias": (8,), "head/kernel": (8, 5), "head/bias": (5,), "scale": ()}
STEPS = 20


def starts():
    return {path: uniform(f"optimizer/{path}", shape, -1, 1) for path, shape in SHAPES.items()}


def gradients(step):
    """Gradients of one step, larger at every third, so that some are clipped and some are not."""
    scale = 3.0 if step % 3 == 0 else 0.1
    return {path: uniform(f"optimizer/{path}/{step}", shape, -scale, scale) for path, shape in SHAPES.items()}


def make_variables():
    variables = []
    for path, start in starts().items():
        with keras.name_scope(path.rpartition("/")[0] or "top"):
            variables.append(keras.Variable(start, name=path.rpartition("/")[2]))
    return variables


def train_keras(optimizer, variables, steps=range(STEPS), scale=1.0):
    for step in steps:
        values = [ops.convert_to_tensor(gradient) * scale for gradient in gradients(step).values()]
        optimizer.apply(values, variables)
    return dict(zip(SHAPES, (ops.convert_to_numpy(variable) for variable in variables)))


def train_torch(make_optimizer, max_norm, decay_1d, weight_decay, multipliers, rates):
    """Trains with an optimizer of `torch.optim`, one parameter group for each variable as there is a multiplier."""
    import torch

    parameters = {path: torch.nn.Parameter(torch.tensor(start)) for path, start in starts().items()}
    groups = [
        {"params": [parameter], "weight_decay": weight_decay if decay_1d or parameter.ndim != 1 else 0.0}
        for parameter in parameters.values()
    ]
    optimizer = make_optimizer(groups)
    for step in range(STEPS):
        for (path, parameter), group in zip(parameters.items(), optimizer.param_groups):
            parameter.grad = torch.tensor(gradients(step)[path])
            group["lr"] = rates[step] * multipliers.get(path, 1.0)
        if max_norm is not None:
            torch.nn.utils.clip_grad_norm_(list(parameters.values()), max_norm)
        optimizer.step()
    return {path: parameter.detach().numpy() for path, parameter in parameters.items()}


def train_numpy(rule, max_norm, decay_1d, weight_decay, multipliers, rates):
    """Trains in float64 by `rule(variable, gradient, slots, step, rate, decay)`, which returns the new variable."""
    variables = {path: start.astype("float64") for path, start in starts().items()}
    slots = {path: {} for path in SHAPES}
    for step in range(STEPS):
        grads = {path: gradient.astype("float64") for path, gradient in gradients(step).items()}
        norm = np.sqrt(sum(np.sum(gradient**2) for gradient in grads.values()))
        clip = 1.0 if max_norm is None else min(1.0, max_norm / (norm + 1e-6))
        for path, variable in variables.items():
            decay = weight_decay if decay_1d or variable.ndim != 1 else 0.0
            rate = rates[step] * multipliers.get(path, 1.0)
            variables[path] = rule(variable, clip * grads[path], slots[path], step + 1, rate, decay)
    return variables


def check_close(found, expected, tolerance):
    for path, values in expected.items():
        np.testing.assert_allclose(found[path], values, rtol=0, atol=tolerance, err_msg=path)


def check_config(optimizer, make_variables=make_variables):
    """The config holds all arguments, and a copy from it goes the same way."""
    serialized = json.loads(json.dumps(keras.optimizers.serialize(optimizer)))
    assert serialized["registered_name"] == f"keras_mobilevitv3>{type(optimizer).__name__}"
    copy = keras.optimizers.deserialize(serialized)
    assert copy.get_config() == optimizer.get_config()
    check_close(train_keras(copy, make_variables()), train_keras(optimizer, make_variables()), 0.0)


def check_state(make_optimizer):
    """Training goes on from the stored variables as if it had not stopped."""
    optimizer, variables = make_optimizer(), make_variables()
    train_keras(optimizer, variables, range(8))
    resumed, copies = make_optimizer(), make_variables()
    resumed.build(copies)
    store = {}
    optimizer.save_own_variables(store)
    resumed.load_own_variables(store)
    for copy, variable in zip(copies, variables):
        copy.assign(ops.convert_to_numpy(variable))
    later = range(8, STEPS)
    check_close(train_keras(resumed, copies, later), train_keras(optimizer, variables, later), 0.0)


def check_layouts(make_optimizer):
    """Variables and gradients may be transposed views in memory; PyTorch's fused updates may not get these."""
    results = []
    for order, gradient_order in (("C", "C"), ("C", "F"), ("F", "C"), ("F", "F")):
        variable = keras.Variable(np.asarray(uniform("optimizer/layout", (4, 6), -1, 1), order=order))
        optimizer = make_optimizer()
        for step in range(3):
            gradient = uniform(f"optimizer/layout/{step}", (4, 6), -1, 1)
            optimizer.apply([ops.convert_to_tensor(np.asarray(gradient, order=gradient_order))], [variable])
        results.append(ops.convert_to_numpy(variable))
    first, *others = results
    for other in others:
        np.testing.assert_allclose(other, first, rtol=0, atol=1e-6)


def check_fit(optimizer, **compile_arguments):
    """`compile` and `fit` lower the loss of a small regression; returns the model."""
    inputs = uniform("optimizer/inputs", (64, 4), -1, 1)
    targets = inputs @ uniform("optimizer/mixing", (4, 3), -1, 1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(3)])
    model.compile(optimizer, "mse", **compile_arguments)
    losses = model.fit(inputs, targets, batch_size=16, epochs=5, shuffle=False, verbose=0).history["loss"]
    assert np.isfinite(losses).all() and losses[-1] < 0.8 * losses[0]
    assert int(ops.convert_to_numpy(model.optimizer.iterations)) == 20
    return model
