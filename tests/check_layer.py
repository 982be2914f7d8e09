"""The harness every layer passes, with no argument at its default."""

import inspect
import json
import re

import keras
import numpy as np

from tests.reference_arrays import uniform

HALF_TOLERANCE = {"mixed_float16": 0.01, "mixed_bfloat16": 0.06}  # of the largest output


def half_policies():
    """Both where nothing is compiled, else one; the attention's own test covers both on each backend."""
    return {
        "torch": ["mixed_float16", "mixed_bfloat16"],
        "tensorflow": ["mixed_float16"],
        "jax": ["mixed_bfloat16"],
    }[keras.backend.backend()]


def check_layer(
    layer_class,
    arguments,
    input_shape,
    output_shape,
    trainable,
    non_trainable=0,
    other_shape=None,
    changes_in_training=False,
    at_default=(),
    any_size=True,
    half_precision=True,
    value_range=(-1.0, 1.0),
):
    """Checks everything that any layer must do.

    Args:
        layer_class: The class.
        arguments: Dict of all its arguments, none of them the default but those in `at_default`.
        input_shape: Tuple of integers, batch included.
        output_shape: Tuple of integers, the expected one.
        trainable: Integer, expected number of trainable weights (tensors).
        non_trainable: Integer, expected number of other weights. Defaults to `0`.
        other_shape: A second input shape for the same layer. Defaults to `input_shape` with a batch one larger.
        changes_in_training: Boolean, whether `training=True` gives other outputs. Defaults to `False`.
        at_default: Names of arguments that this flavour of the layer leaves at their default. Defaults to none.
        any_size: Boolean, whether the layer can be built on unknown sizes. Defaults to `True`.
        half_precision: Boolean, whether the layer computes in the half precision of its policy. Defaults to `True`.
        value_range: Tuple of the lowest and highest input value. Defaults to `(-1.0, 1.0)`.
    """
    arguments = {**arguments, "name": "layer"}
    inputs = uniform("check_layer/inputs", input_shape, *value_range)
    layer = _filled(layer_class(**arguments), input_shape)
    outputs = _numpy(layer(inputs))
    assert outputs.shape == output_shape
    assert np.isfinite(outputs).all()
    check_config(layer, arguments, at_default)
    check_output_shapes(layer, input_shape, output_shape, any_size)
    check_weights(layer, trainable, non_trainable)
    check_copy(layer, inputs, outputs)
    check_training_flag(layer, inputs, outputs, changes_in_training)
    check_no_state(layer, inputs, outputs, other_shape or (input_shape[0] + 1, *input_shape[1:]), value_range)
    if half_precision:
        check_half_precision(layer, inputs, outputs)
    if any_size:
        check_unknown_sizes(layer, inputs, outputs)


def check_in_model(layer_class, arguments, input_shape, path, any_size=True, rounding_gradient=(), value_range=(-1, 1)):
    """Checks the layer in a model: compiled prediction, saving, and one training step that moves each weight.

    Args:
        path: Folder for the saved model.
        rounding_gradient: Ends of the paths of weights whose gradient is zero but for rounding. Defaults to none.
        layer_class, arguments, ...: As in `check_layer`.
    """
    inputs = uniform("check_layer/inputs", input_shape, *value_range)
    layer = _filled(layer_class(**arguments, name="layer"), input_shape)
    outputs = _numpy(layer(inputs))
    shape = (*(None for _ in input_shape[1:-1]), input_shape[-1]) if any_size else input_shape[1:]
    images = keras.Input(shape)
    model = keras.Model(images, layer(images))
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse", jit_compile=keras.backend.backend() != "torch")
    np.testing.assert_allclose(model.predict(inputs, verbose=0), outputs, rtol=1e-4, atol=1e-5)
    model.save(path / "model.keras")
    reloaded = keras.saving.load_model(path / "model.keras")
    assert reloaded.get_layer("layer").get_config() == layer.get_config()
    np.testing.assert_allclose(_numpy(reloaded(inputs)), outputs, rtol=1e-6, atol=1e-6)
    if layer.trainable_weights:
        check_gradients(model, inputs, outputs, rounding_gradient)


def check_config(layer, arguments, at_default):
    parameters = inspect.signature(type(layer).__init__).parameters
    own = {name: value.default for name, value in parameters.items() if name not in ("self", "kwargs")}
    assert set(own) == set(arguments) - {"name"}, "each argument is to be given"
    for name, default in own.items():
        assert arguments[name] != default or name in at_default, f"{name} has its default"
    config = layer.get_config()
    assert set(own) <= set(config)
    assert type(layer).from_config(config).get_config() == config
    serialized = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    assert serialized["registered_name"] == f"keras_mobilevitv3>{type(layer).__name__}"
    assert keras.saving.deserialize_keras_object(serialized).get_config() == config
    for name, value in config.items():
        if name in own and not isinstance(value, dict):
            assert value == arguments[name]


def check_output_shapes(layer, input_shape, output_shape, any_size):
    assert tuple(layer.compute_output_shape(input_shape)) == output_shape
    assert layer(keras.KerasTensor(input_shape)).shape == output_shape
    batchless = (None, *input_shape[1:])
    assert layer(keras.KerasTensor(batchless)).shape == (None, *output_shape[1:])
    if any_size:
        unknown = (*(None for _ in input_shape[:-1]), input_shape[-1])
        assert layer(keras.KerasTensor(unknown)).shape == (*(None for _ in output_shape[:-1]), output_shape[-1])


def check_weights(layer, trainable, non_trainable):
    assert len(layer.trainable_weights) == trainable
    assert len(layer.non_trainable_weights) == non_trainable
    paths = [weight.path for weight in layer.weights]
    assert len(set(paths)) == len(paths)
    for part in sublayers(layer):
        automatic = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(part).__name__).lower()
        automatic = automatic.replace("conv2_d", "conv2d")
        assert not re.fullmatch(rf"{automatic}(_\d+)?", part.name), f"{part.path} has no name of its own"


def check_copy(layer, inputs, outputs):
    copy = type(layer).from_config(layer.get_config())
    copy.build(inputs.shape)
    for mine, its in zip(copy.weights, layer.weights, strict=True):
        assert mine.shape == its.shape
    copy.set_weights(layer.get_weights())
    np.testing.assert_allclose(_numpy(copy(inputs)), outputs, rtol=1e-6, atol=1e-6)


def check_training_flag(layer, inputs, outputs, changes_in_training):
    copy = type(layer).from_config(layer.get_config())  # batch norms change their statistics
    copy.build(inputs.shape)
    copy.set_weights(layer.get_weights())
    if "training" in inspect.signature(layer.call).parameters:
        trained = _numpy(copy(inputs, training=True))
        assert np.isfinite(trained).all()
        assert np.allclose(trained, outputs, atol=1e-4) != changes_in_training
        np.testing.assert_allclose(_numpy(layer(inputs, training=False)), outputs, rtol=1e-6, atol=1e-6)
    else:
        assert not changes_in_training


def check_no_state(layer, inputs, outputs, other_shape, value_range):
    """Another input leaves no trace, and gives what a layer built on it gives."""
    weights = layer.get_weights()
    other = uniform("check_layer/other", other_shape, *value_range)
    other_outputs = _numpy(layer(other))
    fresh = type(layer).from_config(layer.get_config())
    fresh.build(other_shape)
    fresh.set_weights(weights)
    np.testing.assert_allclose(other_outputs, _numpy(fresh(other)), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(_numpy(layer(inputs)), outputs)
    for before, after in zip(weights, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)


def check_half_precision(layer, inputs, outputs):
    for policy in half_policies():
        half = type(layer).from_config({**layer.get_config(), "dtype": policy})
        half.build(inputs.shape)
        half.set_weights(layer.get_weights())
        result = half(inputs)
        assert keras.backend.standardize_dtype(result.dtype) == half.compute_dtype == policy.removeprefix("mixed_")
        assert all(weight.dtype == "float32" for weight in half.weights)
        result = _numpy(keras.ops.cast(result, "float32"))
        assert np.isfinite(result).all()
        assert np.abs(result - outputs).max() <= HALF_TOLERANCE[policy] * np.abs(outputs).max()


def check_unknown_sizes(layer, inputs, outputs):
    """TensorFlow alone can trace a layer without knowing sizes; exported models are traced so."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    shape = [*(None for _ in inputs.shape[:-1]), inputs.shape[-1]]
    traced = tf.function(layer, input_signature=[tf.TensorSpec(shape, tf.float32)])
    np.testing.assert_allclose(_numpy(traced(inputs)), outputs, rtol=1e-5, atol=1e-5)


def check_gradients(model, inputs, outputs, rounding_gradient):
    before = {weight.path: _numpy(weight) for weight in model.trainable_weights}
    history = model.fit(inputs, uniform("check_layer/targets", outputs.shape), batch_size=len(inputs), verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    for weight in model.trainable_weights:
        after = _numpy(weight)
        assert np.isfinite(after).all(), weight.path
        if not weight.path.endswith(tuple(rounding_gradient) or "\n"):
            assert np.abs(after - before[weight.path]).max() > 1e-7, f"{weight.path} has no gradient"


def sublayers(layer):
    """All layers inside a layer, however deep."""
    found = {}
    for value in vars(layer).values():
        for part in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(part, keras.layers.Layer):
                found[id(part)] = part
                found.update({id(inner): inner for inner in sublayers(part)})
    return list(found.values())


def _filled(layer, input_shape):
    """Builds a layer and gives each weight values that an identity could not hide behind."""
    layer.build(input_shape)
    fill_weights(layer)
    return layer


def fill_weights(layer):
    """Gives each weight of a layer or model values drawn for its path; variances are positive, kernels keep scale."""
    for weight in layer.weights:
        if len(weight.shape) > 1:
            bound = (3 / np.prod(weight.shape[:2] if "depthwise" in weight.path else weight.shape[:-1])) ** 0.5
            low, high = -bound, bound
        else:
            low, high = {"gamma": (0.8, 1.2), "moving_variance": (0.35, 1.0)}.get(weight.name, (-0.2, 0.2))
        weight.assign(uniform(weight.path, weight.shape, low, high))


def _numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)
