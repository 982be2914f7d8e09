"""The compiled function gives what `predict` gives, for any number of images."""

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3, SSDLite, compile_for_inference
from keras_mobilevitv3.layers import ConvNormAct, SeparableSelfAttention
from tests.check_layer import fill_weights
from tests.reference_arrays import uniform
from tests.thinned import thinned
from tests.tiny_networks import SHALLOW, tiny_classifier

BACKEND = keras.backend.backend()
SIZE = (64, 96)
SHAPE = (*SIZE, 3)
ADAPTED = ["quantized", "lora", "half"]


def own_model():
    features = tiny_classifier("separable", include_top=False, pooling="avg", input_shape=SHAPE)
    images = keras.Input(SHAPE)
    pooled = features(images)
    return keras.Model(images, [keras.layers.Dense(3, name="first")(pooled), pooled])


def few_layers(size=SIZE):
    """A model that PyTorch compiles in seconds."""
    return keras.Sequential([keras.Input((*size, 3)), ConvNormAct(4, strides=2), keras.layers.GlobalAveragePooling2D()])


NETWORKS = {
    "few layers": few_layers,
    "classifier": lambda: tiny_classifier("multi_head", input_shape=SHAPE),
    "segmenter": lambda: DeepLabV3(SHALLOW["separable"], classes=4, aspp_filters=6, aux_head=True, input_shape=SHAPE),
    "detector": lambda: SSDLite(SHALLOW["separable"], classes=3, input_shape=SHAPE),
    "own model": own_model,
}


def images(count, size=SIZE):
    return uniform("compile_for_inference/images", (count, *size, 3), 0.0, 255.0).astype("float32")


def assert_same(found, expected, tolerance=1e-5):
    keras.tree.assert_same_structure(found, expected)
    for one, other in zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True):
        assert isinstance(one, np.ndarray) and one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=tolerance * np.abs(other).max(initial=1.0))


@pytest.mark.parametrize(
    "network",
    thinned(
        NETWORKS, ["few layers"], jax=["few layers", "detector"], tensorflow=["classifier", "segmenter", "own model"]
    ),
)
def test_same_outputs_as_predict(network):
    model = NETWORKS[network]()
    fill_weights(model)
    fast = compile_for_inference(model)
    expected = model.predict(images(3), verbose=0)
    assert_same(fast(images(3)), expected)
    assert_same(fast.predict(images(3), batch_size=2), expected)
    assert_same(fast.predict(iter([images(3)[:1], (images(3)[1:2], "labels"), [images(3)[2:], "labels"]])), expected)
    assert_same(fast(images(3)[:1]), keras.tree.map_structure(lambda values: values[:1], expected))
    assert_same(fast(images(0)), keras.tree.map_structure(lambda values: values[:0], expected))
    assert_same(fast.predict(images(0)), keras.tree.map_structure(lambda values: values[:0], expected))


def test_another_number_of_images_is_padded_and_later_weights_do_not_count():
    model = few_layers()
    fill_weights(model)
    expected = model.predict(images(3), verbose=0)
    fast = compile_for_inference(model, batch_size=2)
    assert_same(fast.predict(images(3)), expected)
    assert_same(fast.predict(images(3), batch_size=1), expected)
    model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
    for count in (3, 2, 1, 0):
        assert_same(fast(images(3)[:count]), expected[:count])


@pytest.mark.release("torch")
def test_images_of_each_size():
    model = few_layers((None, None))
    fill_weights(model)
    fast = compile_for_inference(model)
    for size in ((32, 48), (20, 20), (32, 48)):
        for values in (images(2, size), images(2, size).astype("uint8"), keras.ops.convert_to_tensor(images(2, size))):
            array = keras.ops.convert_to_numpy(values).astype("float32")
            assert_same(fast(values), model.predict(array, verbose=0))


@pytest.mark.parametrize("how", thinned(ADAPTED, ADAPTED, torch=["quantized"]))
def test_adapted_layers(how):
    inputs, dtype = keras.Input((8, 8, 4)), "mixed_bfloat16" if how == "half" else "float32"
    maps = ConvNormAct(4, dtype=dtype)(inputs)
    model = keras.Model(inputs, SeparableSelfAttention(4, dtype=dtype, name="attention")(maps))
    fill_weights(model)
    if how == "quantized":
        model.quantize("int8")
    if how == "lora":
        model.get_layer("attention").qkv.enable_lora(2)
        model.get_layer("attention").qkv.lora_kernel_b.assign(np.ones((2, 9)))
    values = uniform("compile_for_inference/maps", (2, 8, 8, 4), -1.0, 1.0).astype("float32")
    found, expected = compile_for_inference(model)(values), model.predict(values, verbose=0)
    assert_same(found.astype("float32"), expected.astype("float32"), 0.03 if how == "half" else 1e-5)


@pytest.mark.once
def test_wrong_images():
    fast = compile_for_inference(few_layers((None, None)))
    for values in (np.zeros((8, 8, 3)), np.zeros((1, 8, 8, 4)), np.zeros(3)):
        with pytest.raises(ValueError, match=r"`images` must be of shape \(None, None, None, 3\). Received: shape"):
            fast(values)
    with pytest.raises(ValueError, match="`x` must have at least one batch"):
        fast.predict(iter([]))
    with pytest.raises(ValueError, match="`batch_size` must be a positive integer"):
        fast.predict(np.zeros((1, 8, 8, 3)), batch_size=0)


@pytest.mark.once
@pytest.mark.parametrize("method", ["predict", "predict_step", "make_predict_function"])
def test_a_model_that_predicts_in_its_own_way(method):
    own_class = type("Own", (keras.Sequential,), {method: lambda self, *args: None})
    with pytest.raises(ValueError, match=f"`model` must predict as `keras.Model` does. Received: Own, .* own {method}"):
        compile_for_inference(own_class([keras.Input((4,)), keras.layers.Dense(1)]))


@pytest.mark.once
def test_a_model_without_weights():
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Rescaling(0.5)])
    np.testing.assert_array_equal(compile_for_inference(model)(np.ones((3, 4, 4, 3))), np.full((3, 4, 4, 3), 0.5))


@pytest.mark.once
def test_a_model_of_two_inputs():
    inputs = [keras.Input((4,)), keras.Input((4,))]
    with pytest.raises(ValueError, match="`model` must have one input. Received: 2 inputs"):
        compile_for_inference(keras.Model(inputs, keras.ops.add(*inputs)))


@pytest.mark.backend("torch")
def test_without_a_compiler(monkeypatch):
    import torch

    def compile_without_compiler(module, **options):
        def run(*args, **kwargs):
            raise RuntimeError("InvalidCxxCompiler: No working C++ compiler found in config.cpp.cxx: (None, 'g++')")

        return run

    monkeypatch.setattr(torch, "compile", compile_without_compiler)
    with pytest.raises(RuntimeError, match="needs a C\\+\\+ compiler on PyTorch, such as g\\+\\+ or clang"):
        compile_for_inference(few_layers())
