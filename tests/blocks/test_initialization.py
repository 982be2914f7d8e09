import keras
import numpy as np
import pytest

from keras_mobilevitv3.block_options import check_initialization
from keras_mobilevitv3.blocks import InvertedResidual, MobileViTBlock, TransformerEncoder
from keras_mobilevitv3.blocks.initialization import kernel_initializer
from keras_mobilevitv3.layers import PyramidPooling, SpatialPyramidPooling

pytestmark = pytest.mark.once


def values(weight):
    return keras.ops.convert_to_numpy(weight).ravel()


def assert_normal(weight, std):
    drawn = values(weight)
    assert abs(drawn.std() / std - 1) < 5 / drawn.size**0.5
    assert abs(drawn.mean()) < 5 * std / drawn.size**0.5
    assert np.abs(drawn).max() > 2.2 * std  # not truncated


def assert_uniform(weight, bound):
    drawn = values(weight)
    assert bound * (1 - 10 / drawn.size) < np.abs(drawn).max() <= bound
    assert abs(drawn.std() / (bound / 3**0.5) - 1) < 5 / drawn.size**0.5


def built(layer, shape):
    layer.build(shape)
    return layer


def block(attention, **arguments):
    return built(MobileViTBlock(48, 32, 64, 1, attention, **arguments), (1, 8, 8, 48))


def test_kaiming_normal_convolutions():
    layer = built(InvertedResidual(40, expand_ratio=2, initialization="kaiming_normal"), (1, 8, 8, 48))
    assert_normal(layer.expand.conv.kernel, (2 / 96) ** 0.5)
    assert_normal(layer.depthwise.conv.kernel, (2 / (9 * 96)) ** 0.5)  # PyTorch does not divide by the groups
    assert_normal(layer.project.conv.kernel, (2 / 40) ** 0.5)


def test_kaiming_normal_block():
    layer = block("multi_head", fusion_kernel_size=3, depthwise_local=False)
    assert_normal(layer.local_conv.conv.kernel, (2 / (9 * 48)) ** 0.5)
    assert_normal(layer.local_project.conv.kernel, (2 / 32) ** 0.5)
    assert_normal(layer.projection.conv.kernel, (2 / 48) ** 0.5)
    assert_normal(layer.fusion.conv.kernel, (2 / (9 * 48)) ** 0.5)


def test_pytorch_uniform_convolutions():
    layer = built(InvertedResidual(40, expand_ratio=2, initialization="pytorch_uniform"), (1, 8, 8, 48))
    assert_uniform(layer.expand.conv.kernel, 48**-0.5)
    assert_uniform(layer.depthwise.conv.kernel, 1 / 3)
    assert_uniform(layer.project.conv.kernel, 96**-0.5)


def test_pytorch_uniform_block():
    layer = block("separable", initialization="pytorch_uniform")
    assert_uniform(layer.local_conv.conv.kernel, 1 / 3)
    assert_uniform(layer.local_project.conv.kernel, 48**-0.5)
    assert_uniform(layer.fusion.conv.kernel, (32 + 32) ** -0.5)


def test_multi_head_linear_layers_are_normal_whatever_is_given():
    for initialization in ("kaiming_normal", "pytorch_uniform"):
        layer = built(TransformerEncoder(64, 96, "multi_head", initialization=initialization), (1, 6, 64))
        for dense in (layer.attention_layer.qkv, layer.attention_layer.out, layer.ffn_expand, layer.ffn_project):
            assert_normal(dense.kernel, 0.02)
            assert not values(dense.bias).any()


def test_separable_linear_layers_are_pytorch_convolutions():
    layer = built(TransformerEncoder(64, 96, "separable", initialization="pytorch_uniform"), (1, 4, 4, 64))
    denses = (layer.attention_layer.qkv, layer.attention_layer.out, layer.ffn_expand, layer.ffn_project)
    for dense, fan_in in zip(denses, (64, 64, 64, 96), strict=True):
        assert_uniform(dense.kernel, fan_in**-0.5)
        assert_uniform(dense.bias, fan_in**-0.5)


def test_heads_of_several_convolutions():
    layer = built(SpatialPyramidPooling(40, kernel_initializer=kernel_initializer("kaiming_normal")), (1, 8, 8, 48))
    assert_normal(layer.branches[0].conv.kernel, (2 / 40) ** 0.5)
    assert_normal(layer.branches[2].conv.kernel, (2 / (9 * 40)) ** 0.5)
    assert_normal(layer.project.conv.kernel, (2 / 40) ** 0.5)
    layer = built(PyramidPooling(40, 32, kernel_initializer=kernel_initializer("pytorch_uniform")), (1, 8, 8, 48))
    assert_uniform(layer.branches[0].conv.kernel, 48**-0.5)
    assert_uniform(layer.fusion.conv.kernel, (9 * (48 + 4 * 32)) ** -0.5)


def test_weights_of_equal_shape_differ():
    layer = built(TransformerEncoder(64, 64, "multi_head"), (1, 6, 64))
    kernels = [layer.attention_layer.out.kernel, layer.ffn_expand.kernel, layer.ffn_project.kernel]
    assert not np.allclose(values(kernels[0]), values(kernels[1]))
    assert not np.allclose(values(kernels[1]), values(kernels[2]))


def test_bad_initialization():
    with pytest.raises(ValueError, match="`initialization` must be one of .*Received: initialization='he'"):
        check_initialization("he")
    with pytest.raises(ValueError, match="`initialization` must be one of"):
        InvertedResidual(8, initialization=None)
    with pytest.raises(ValueError, match="`initialization` must be one of"):
        TransformerEncoder(8, 8, "separable", initialization="zeros")
