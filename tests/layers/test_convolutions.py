"""Convolutions in the form that XLA compiles for a CPU, against those of Keras."""

import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import convolutions, xla_on_cpu
from keras_mobilevitv3.layers.convolutions import Conv2D, DepthwiseConv2D
from tests.check_layer import fill_weights
from tests.reference_arrays import uniform

BACKEND = keras.backend.backend()
compiled_by_xla = pytest.mark.backend("jax", "tensorflow")
LAYERS = {
    "pointwise": (Conv2D, {"filters": 7, "kernel_size": 1, "use_bias": False}),
    "pointwise with strides": (Conv2D, {"filters": 7, "kernel_size": 1, "strides": 2}),
    "depthwise": (DepthwiseConv2D, {"kernel_size": 3, "padding": "same", "use_bias": False}),
    "depthwise with strides": (DepthwiseConv2D, {"kernel_size": 3, "strides": 2}),
    "dilated": (DepthwiseConv2D, {"kernel_size": 3, "padding": "same", "dilation_rate": 2, "activation": "silu"}),
    "not square": (DepthwiseConv2D, {"kernel_size": (2, 5), "padding": "same", "dilation_rate": (3, 1)}),
}
AS_IN_KERAS = {
    "3x3": (Conv2D, {"filters": 4, "kernel_size": 3}),
    "groups": (Conv2D, {"filters": 6, "kernel_size": 1, "groups": 3}),
    "strides that pad unevenly": (DepthwiseConv2D, {"kernel_size": 3, "strides": 2, "padding": "same"}),
    "several filters per channel": (DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 2}),
}
SHAPE = (2, 9, 12, 6)


def build(layer_class, arguments, dtype="float32"):
    """A layer of this package, and the layer of Keras with the same weights."""
    own = layer_class(**arguments, dtype=dtype)
    keras_layer = next(base for base in layer_class.__bases__ if base.__module__.startswith("keras."))(
        **arguments, dtype=dtype
    )
    for layer in (own, keras_layer):
        layer.build(SHAPE)
    fill_weights(own)
    keras_layer.set_weights(own.get_weights())
    return own, keras_layer


def outputs_and_gradients(layer, images, weights):
    """Outputs, and the gradients of their weighted sum, of a layer in a program that XLA compiles."""
    if BACKEND == "jax":
        import jax

        model = keras.Sequential([keras.Input((None, None, SHAPE[-1])), layer])

        def weighted_sum(variables, images):
            outputs, _ = model.stateless_call(variables, [], images)
            return (outputs.astype("float32") * weights).sum(), outputs

        variables = [variable.value for variable in layer.trainable_variables]
        compute = jax.jit(jax.value_and_grad(weighted_sum, argnums=(0, 1), has_aux=True))
        (_, outputs), (of_variables, of_images) = compute(variables, images)
        return [outputs, of_images, *of_variables]
    import tensorflow as tf

    @tf.function(jit_compile=True, input_signature=[tf.TensorSpec((None, None, None, SHAPE[-1]), images.dtype)])
    def compute(images):
        variables = [variable.value for variable in layer.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
            weighted_sum = tf.reduce_sum(tf.cast(outputs, "float32") * weights)
        return [outputs, *tape.gradient(weighted_sum, [images, *variables])]

    return compute(images)


def assert_same(found, expected, tolerance):
    for one, other in zip(found, expected, strict=True):
        one, other = (keras.ops.convert_to_numpy(keras.ops.cast(values, "float32")) for values in (one, other))
        np.testing.assert_allclose(one, other, atol=tolerance * np.abs(other).max())


@pytest.fixture
def answers(monkeypatch):
    """The answers that the layers get when they ask whether XLA compiles for a CPU."""
    told = []

    def compiles_for_cpu(tensor):
        told.append(xla_on_cpu.compiles_for_cpu(tensor))
        return told[-1]

    monkeypatch.setattr(convolutions, "compiles_for_cpu", compiles_for_cpu)
    return told


@compiled_by_xla
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("layer", LAYERS)
def test_same_numbers_and_gradients(layer, dtype, answers):
    own, of_keras = build(*LAYERS[layer], dtype)
    images = uniform("convolutions/images", SHAPE, -1.0, 1.0).astype("float32")
    weights = uniform("convolutions/weights", tuple(own.compute_output_shape(SHAPE)), -1.0, 1.0).astype("float32")
    found = outputs_and_gradients(own, images, weights)
    assert answers and all(answers)
    assert_same(found, outputs_and_gradients(of_keras, images, weights), 1e-5 if dtype == "float32" else 2e-2)
    assert keras.backend.standardize_dtype(found[0].dtype) == own.compute_dtype


@compiled_by_xla
@pytest.mark.parametrize("layer", AS_IN_KERAS)
def test_other_convolutions_are_those_of_keras(layer, monkeypatch):
    monkeypatch.setattr(convolutions, "compiles_for_cpu", lambda tensor: pytest.fail("no other form"))
    own, of_keras = build(*AS_IN_KERAS[layer])
    images = uniform("convolutions/images", SHAPE, -1.0, 1.0).astype("float32")
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (own(images), of_keras(images))), atol=1e-6)


@pytest.mark.parametrize("layer", ["pointwise", "depthwise"])
def test_eager_calls_are_those_of_keras(layer, answers):
    own, of_keras = build(*LAYERS[layer])
    images = uniform("convolutions/images", SHAPE, -1.0, 1.0).astype("float32")
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (own(images), of_keras(images))), atol=1e-6)
    assert answers == [False]


@compiled_by_xla
def test_with_a_gpu_the_convolutions_stay(monkeypatch, answers):
    if BACKEND == "jax":
        monkeypatch.setattr("jax.default_backend", lambda: "gpu")
    else:
        import tensorflow as tf

        gpu = tf.config.LogicalDevice("/device:GPU:0", "GPU")
        monkeypatch.setattr(tf.config, "list_logical_devices", lambda: [gpu])
    own, _ = build(*LAYERS["depthwise"])
    outputs_and_gradients(own, uniform("convolutions/images", SHAPE, -1.0, 1.0).astype("float32"), np.float32(1))
    assert answers and not any(answers)


@pytest.mark.backend("tensorflow")
def test_in_a_graph_without_xla_the_convolutions_stay(answers):
    import tensorflow as tf

    own, _ = build(*LAYERS["depthwise"])
    tf.function(own)(np.zeros(SHAPE, "float32"))
    assert answers == [False]


@compiled_by_xla
def test_in_a_compiled_model(answers):
    """Keras compiles the step of a model by itself."""
    own, of_keras = build(*LAYERS["depthwise"])
    images = uniform("convolutions/images", SHAPE, -1.0, 1.0).astype("float32")
    model = keras.Sequential([keras.Input(SHAPE[1:]), own])
    model.compile(jit_compile=True)
    answers.clear()
    expected = keras.ops.convert_to_numpy(of_keras(images))
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, atol=1e-6)
    assert answers == [True]


def test_lora_counts_in_the_product():
    own, _ = build(*LAYERS["pointwise"])
    own.enable_lora(2)
    own.lora_kernel_b.assign(np.ones(own.lora_kernel_b.shape))
    images = uniform("convolutions/images", SHAPE, -1.0, 1.0).astype("float32")
    model = keras.Sequential([keras.Input(SHAPE[1:]), own])
    kernel = keras.ops.convert_to_numpy(own.kernel)[0, 0]
    np.testing.assert_allclose(model.predict(images, verbose=0), images @ kernel, atol=1e-5)


def test_config_comes_back():
    for layer_class, arguments in (*LAYERS.values(), *AS_IN_KERAS.values()):
        layer = layer_class(**arguments)
        copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
        assert type(copy) is layer_class and copy.get_config() == layer.get_config()
