import keras
import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3, PSPNet, SSDLite, build_classifier, fuse_batch_norm
from keras_mobilevitv3.layers import ConvNormAct, FoldableLayer
from keras_mobilevitv3.layers.composite_layer import sublayers
from tests.check_layer import fill_weights
from tests.check_model import forward
from tests.reference_arrays import uniform
from tests.thinned import thinned
from tests.tiny_networks import SHALLOW, tiny_classifier

SHAPE = (64, 48, 3)


def segmenter(head, attention):
    return lambda: head(SHALLOW[attention], classes=4, input_shape=SHAPE, output_stride=8, aux_head=True)


NETWORKS = {
    "multi_head": lambda: tiny_classifier("multi_head", input_shape=SHAPE),
    "separable": lambda: tiny_classifier("separable", input_shape=SHAPE),
    "deeplabv3": segmenter(DeepLabV3, "multi_head"),
    "pspnet": segmenter(PSPNet, "separable"),
    "ssdlite": lambda: SSDLite(
        SHALLOW["multi_head"], classes=2, input_shape=SHAPE, iou_threshold=0.3, max_detections=9
    ),
}


def arrays(outputs):
    return [keras.ops.convert_to_numpy(output) for output in keras.tree.flatten(outputs)]


def assert_equal(actual, expected):
    for one, other in zip(arrays(actual), arrays(expected), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * np.abs(other).max())


def batch_normalizations(model):
    return [weight.path for weight in model.weights if weight.path.endswith("/moving_variance")]


# JAX compiles three programs for each network, TensorFlow traces them.
@pytest.mark.parametrize("network", thinned(NETWORKS, NETWORKS, jax=["multi_head"], tensorflow=["multi_head"]))
def test_same_outputs_without_batch_normalizations(network, tmp_path):
    model = NETWORKS[network]()
    fill_weights(model)
    images = uniform("fuse/images", (2, *SHAPE), 0.0, 255.0)
    expected = forward(model, images)
    fused = fuse_batch_norm(model)
    assert type(fused) is type(model) and fused.name == model.name
    assert batch_normalizations(model) and not batch_normalizations(fused)
    assert_equal(forward(fused, images), expected)
    fused.save(tmp_path / "fused.keras")
    reloaded = keras.saving.load_model(tmp_path / "fused.keras")
    assert type(reloaded) is type(model) and not batch_normalizations(reloaded)
    assert_equal(forward(reloaded, images), expected)
    if network == "ssdlite":
        assert (reloaded.iou_threshold, reloaded.max_detections) == (0.3, 9)


def folded_by_hand(kernel, bias, gamma, beta, mean, variance):
    scale = gamma / np.sqrt(variance + 1e-5)
    return kernel * scale, (bias - mean) * scale + beta


@pytest.mark.once
@pytest.mark.parametrize("depthwise", [False, True])
def test_numbers_of_a_convolution_that_has_a_bias(depthwise):
    layer = ConvNormAct(None if depthwise else 3, depthwise=depthwise, use_bias=True, name="layer")
    images = keras.Input((None, None, 3))
    model = keras.Model(images, layer(images))
    fill_weights(model)
    kernel, bias, *norm = (keras.ops.convert_to_numpy(weight) for weight in layer.weights)
    if depthwise:
        kernel = kernel[..., 0]
    kernel, bias = folded_by_hand(kernel, bias, *norm)
    actual = arrays(fuse_batch_norm(model).weights)
    np.testing.assert_allclose(actual[0][..., 0] if depthwise else actual[0], kernel, rtol=1e-6)
    np.testing.assert_allclose(actual[1], bias, rtol=1e-5, atol=1e-7)


@pytest.mark.once
def test_layers_in_a_nested_model_and_batch_normalizations_of_others():
    inner = tiny_classifier("separable", input_shape=SHAPE, include_top=False)
    images = keras.Input(SHAPE)
    model = keras.Model(images, keras.layers.BatchNormalization(name="own")(inner(images)))
    fill_weights(model)
    fused = fuse_batch_norm(model)
    assert batch_normalizations(fused) == ["own/moving_variance"]
    images = uniform("fuse/images", (2, *SHAPE), 0.0, 255.0)
    assert_equal(forward(fused, images), forward(model, images))


def with_lora(model, kinds):
    """Gives all layers of some classes LoRA weights that change their outputs."""
    for _, layer in sublayers(model):
        if type(layer) in kinds:
            layer.enable_lora(2, lora_alpha=3)
    for weight in model.weights:
        if weight.name.startswith("lora_"):
            weight.assign(uniform(weight.path, weight.shape, -0.5, 0.5))


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
@pytest.mark.parametrize("quantized", [False, True])
def test_lora_weights_and_quantized_layers(quantized):
    """LoRA weights are merged into kernels, folded or not; quantized layers stay as they are, with theirs."""
    model = build_classifier(SHALLOW["separable" if quantized else "multi_head"], weights=None, input_shape=SHAPE)
    fill_weights(model)
    plain = fuse_batch_norm(model)
    images = uniform("fuse/images", (2, *SHAPE), 0.0, 255.0)
    if quantized:
        model.quantize("int8")
    with_lora(model, [keras.layers.Dense] if quantized else [keras.layers.Dense, keras.layers.Conv2D])
    expected = forward(model, images)
    assert np.abs(expected - forward(plain, images)).max() > 1e-3 * np.abs(expected).max()
    fused = fuse_batch_norm(model)
    assert not batch_normalizations(fused)
    assert any("lora" in weight.path for weight in fused.weights) == quantized
    assert_equal(forward(fused, images), expected)


@pytest.mark.once
def test_a_convolution_without_norm_stays_without_bias():
    images = keras.Input((8, 8, 3))
    model = keras.Model(images, ConvNormAct(4, use_norm=False, name="conv")(images))
    assert len(fuse_batch_norm(model).weights) == 1


@pytest.mark.once
def test_every_layer_with_a_convolution_and_norm_can_be_fused():
    def subclasses(kind):
        return {kind, *(found for direct in kind.__subclasses__() for found in subclasses(direct))}

    names = {kind.__name__ for kind in subclasses(FoldableLayer)}
    assert names == {
        "ConvNormAct",
        "FoldableLayer",
        "InvertedResidual",
        "MobileViTBlock",
        "PyramidPooling",
        "SeparableConvNormAct",
        "SpatialPyramidPooling",
    }


@pytest.mark.once
@pytest.mark.parametrize("model", [keras.Sequential(), "model", keras.layers.Dense(2)])
def test_what_is_not_a_functional_model(model):
    with pytest.raises(ValueError, match="`model` must be a built functional model. Received"):
        fuse_batch_norm(model)
