"""The harness every complete model passes."""

import json

import keras
import numpy as np

from tests.check_layer import fill_weights, half_policies
from tests.reference_arrays import uniform

HALF_TOLERANCE = {"mixed_float16": 0.02, "mixed_bfloat16": 0.15}  # of the largest output
CLASSIFIERS = ("predictions", "classifier", "aux_classifier")  # which compute in float32


def check_model(build, input_shape, output_shape, path, value_range=(0.0, 255.0)):
    """Checks a builder: prediction, both file formats, config, mixed precision, known and unknown sizes.

    Args:
        build: Function from `input_shape` (without the batch) to a model.
        input_shape: Tuple of integers, batch included.
        output_shape: Expected shape of the output, or a structure of such shapes like the output.
        path: Folder for the saved models.
        value_range: Tuple of the lowest and highest input value. Defaults to `(0.0, 255.0)`.

    Returns:
        The model built on unknown sizes, with the weights of the test.
    """
    inputs = uniform("check_model/inputs", input_shape, *value_range)
    model = build((None, None, input_shape[-1]))
    fill_weights(model)
    outputs = forward(model, inputs)
    assert keras.tree.map_structure(lambda output: output.shape, outputs) == output_shape
    assert all(np.isfinite(output).all() for output in keras.tree.flatten(outputs))
    assert_close(model.predict(inputs, verbose=0), outputs)
    fixed = check_fixed_size(build, model, inputs, outputs)
    check_files(model, fixed, inputs, outputs, path)
    check_half_precision(build, model, inputs, outputs)
    return model


def check_fixed_size(build, model, inputs, outputs):
    fixed = build(inputs.shape[1:])
    fixed.set_weights(model.get_weights())
    assert_close(forward(fixed, inputs), outputs)
    for symbolic, output in zip(symbolic_outputs(fixed), keras.tree.flatten(outputs), strict=True):
        assert symbolic.shape == (None, *output.shape[1:])
    for symbolic, output in zip(symbolic_outputs(model), keras.tree.flatten(outputs), strict=True):
        assert len(symbolic.shape) == output.ndim and symbolic.shape[-1] == output.shape[-1]
    return fixed


def symbolic_outputs(model):
    """Keras tensors of the outputs in prediction; in training there may be more."""
    return keras.tree.flatten(model.compute_output_spec(model.input))


def check_files(model, fixed, inputs, outputs, path):
    """The whole model into another one; its weights into the model of known sizes."""
    model.save(path / "model.keras")
    reloaded = keras.saving.load_model(path / "model.keras")
    assert_close(forward(reloaded, inputs), outputs)
    model.save_weights(path / "model.weights.h5")
    fixed.set_weights([np.zeros_like(weight) for weight in fixed.get_weights()])
    fixed.load_weights(path / "model.weights.h5")
    for mine, its in zip(fixed.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)
    assert json.dumps(reloaded.get_config()) == json.dumps(model.get_config())  # lists for tuples
    assert [weight.path for weight in reloaded.weights] == [weight.path for weight in model.weights]


def check_half_precision(build, model, inputs, outputs):
    before = keras.config.dtype_policy()
    for policy in half_policies():
        keras.config.set_dtype_policy(policy)
        try:
            half = build(inputs.shape[1:])
        finally:
            keras.config.set_dtype_policy(before)
        half.set_weights(model.get_weights())
        assert all(weight.dtype == "float32" for weight in half.weights)
        computing = {layer.compute_dtype for layer in half.layers if layer.weights and layer.name not in CLASSIFIERS}
        assert computing == {policy.removeprefix("mixed_")}
        for result, output in zip(keras.tree.flatten(forward(half, inputs)), keras.tree.flatten(outputs), strict=True):
            result = keras.ops.convert_to_numpy(keras.ops.cast(result, "float32"))
            assert np.isfinite(result).all()
            assert np.abs(result - output).max() <= HALF_TOLERANCE[policy] * np.abs(output).max()


def forward(model, inputs):
    """Output of a model as NumPy arrays, from a plain call; JAX would compile each operation of one, and predicts."""
    if keras.backend.backend() == "jax":
        return model.predict(inputs, verbose=0)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, model(inputs))


def assert_close(results, expected):
    keras.tree.assert_same_structure(results, expected)
    for result, one in zip(keras.tree.flatten(results), keras.tree.flatten(expected), strict=True):
        np.testing.assert_allclose(result, one, rtol=1e-4, atol=1e-5 * max(1.0, np.abs(one).max()))
