import inspect
import pickle
from dataclasses import replace

import keras
import numpy as np
import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import models
from keras_mobilevitv3.backbones import VARIANTS
from keras_mobilevitv3.models import build_classifier
from tests.backbones.test_backbone import OWN
from tests.check_layer import fill_weights
from tests.check_model import assert_close, check_model, forward
from tests.reference_arrays import uniform

TOP = {
    "multi_head": replace(OWN["multi_head"], head_filters=20, classifier_dropout=0.1, dropout=0.1),
    "separable": OWN["separable"],
}
FEATURES = {"multi_head": 20, "separable": 10}
FAMILIES = pytest.mark.parametrize("attention", TOP)
SIGNATURE = {
    "include_top": True,
    "weights": "imagenet",
    "input_tensor": None,
    "input_shape": None,
    "pooling": None,
    "classes": 1000,
    "classifier_activation": "softmax",
    "include_preprocessing": True,
}
ABLATION = {
    "mobilevit_s_fusion_1x1",
    "mobilevit_s_fusion_local",
    "mobilevit_s_input_residual",
    "mobilevitv3_s_unscaled",
}
CALLABLES = {
    "MobileViTV3S": "mobilevitv3_s",
    "MobileViTV3XS": "mobilevitv3_xs",
    "MobileViTV3XXS": "mobilevitv3_xxs",
    "MobileViTV3SL2": "mobilevitv3_s_l2",
    "MobileViTV3XSL2": "mobilevitv3_xs_l2",
    "MobileViTV3XXSL2": "mobilevitv3_xxs_l2",
    "MobileViTS": "mobilevit_s",
    "MobileViTXS": "mobilevit_xs",
    "MobileViTXXS": "mobilevit_xxs",
    **{
        f"MobileViTV{generation}_{width}": f"mobilevitv{generation}_{width}"
        for generation in (2, 3)
        for width in ("050", "075", "100", "125", "150", "175", "200")
    },
}


def build(attention, **arguments):
    return build_classifier(TOP[attention], **{"weights": None, "classes": 7, **arguments})


def images(*size):
    return uniform("classifier/images", (*size, 3), 0, 255)


def test_a_callable_for_each_row_and_a_row_for_each_callable():
    public = {name for name in vars(models) if name.startswith("MobileViT")}
    assert public == set(CALLABLES)
    assert set(CALLABLES.values()) == set(VARIANTS) - ABLATION
    assert public == {name for name in vars(keras_mobilevitv3) if name.startswith("MobileViT")}


@pytest.mark.parametrize("name", CALLABLES)
def test_callable(name):
    function, variant = getattr(models, name), CALLABLES[name]
    assert function.__name__ == function.__qualname__ == name
    parameters = inspect.signature(function).parameters
    assert {key: value.default for key, value in parameters.items()} == {**SIGNATURE, "name": variant}
    assert list(parameters) == [*SIGNATURE, "name"]
    assert f"`{variant}`" in function.__doc__
    for argument in parameters:
        assert f"        {argument}: " in function.__doc__
    assert "https://arxiv.org/abs/" in function.__doc__
    assert getattr(models, name) is getattr(keras_mobilevitv3, name)


@pytest.mark.parametrize("name", CALLABLES)
def test_callable_pickles(name):
    function = getattr(models, name)
    assert pickle.loads(pickle.dumps(function)) is function


@pytest.mark.parametrize("name", ["MobileViTV3XXS", "MobileViTV3_050", "MobileViTXXS", "MobileViTV2_050"])
def test_callable_builds_its_row(name):
    model = getattr(models, name)(weights=None, input_shape=(64, 64, 3))
    row = VARIANTS[CALLABLES[name]]
    assert model.name == CALLABLES[name]
    assert model.output_shape == (None, 1000)
    block = model.get_layer("stage4_block1")
    assert (block.filters, block.dim, block.attention) == (row.filters[3], row.attention_dims[1], row.attention)
    assert block.fusion_input == row.fusion_input


def test_callable_passes_every_argument_on():
    model = models.MobileViTV3_050(
        include_top=True,
        weights=None,
        input_tensor=keras.Input((40, 48, 4)),
        input_shape=(40, 48, 4),
        pooling=None,
        classes=3,
        classifier_activation="sigmoid",
        include_preprocessing=False,
        name="mine",
    )
    assert (model.name, model.input_shape, model.output_shape) == ("mine", (None, 40, 48, 4), (None, 3))
    assert model.get_layer("predictions").activation is keras.activations.sigmoid
    assert "rescaling" not in [layer.name for layer in model.layers]
    model = models.MobileViTV3_050(include_top=False, weights=None, pooling="max")
    assert model.output_shape == (None, 256)
    assert model.layers[-1].name == "max_pool"


@FAMILIES
def test_model(attention, tmp_path):
    model = check_model(lambda shape: build(attention, input_shape=shape), (2, 33, 47, 3), (2, 7), tmp_path)
    assert model.name == "mobilevit"
    probabilities = forward(model, images(2, 33, 47))
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, rtol=1e-5)


@FAMILIES
def test_feature_map(attention, tmp_path):
    def extractor(shape):
        return build(attention, include_top=False, input_shape=shape)

    model = check_model(
        extractor, (2, 64, 96, 3), (2, 2, 3 + (attention == "separable"), FEATURES[attention]), tmp_path
    )
    names = [layer.name for layer in model.layers]
    assert ("head_conv" in names) == (attention == "multi_head")
    assert "predictions" not in names and "dropout" not in names


@FAMILIES
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_pooling(attention, pooling):
    vectors = build(attention, include_top=False, pooling=pooling)
    maps = build(attention, include_top=False)
    assert vectors.output_shape == (None, FEATURES[attention])
    fill_weights(maps)
    vectors.set_weights(maps.get_weights())
    reduce = {"avg": np.mean, "max": np.max}[pooling]
    expected = reduce(forward(maps, images(2, 96, 64)), axis=(1, 2))
    np.testing.assert_allclose(forward(vectors, images(2, 96, 64)), expected, rtol=1e-4, atol=1e-5)


@FAMILIES
def test_top_is_pooling_and_a_linear_layer(attention):
    model = build(attention, classifier_activation=None)
    fill_weights(model)
    vectors = build(attention, include_top=False, pooling="avg")
    vectors.set_weights(model.get_weights()[: len(vectors.weights)])
    *rest, kernel, bias = model.get_weights()
    assert len(rest) == len(vectors.weights)
    expected = forward(vectors, images(2, 64, 64)) @ kernel + bias
    np.testing.assert_allclose(forward(model, images(2, 64, 64)), expected, rtol=1e-4, atol=1e-5)


@FAMILIES
def test_activation(attention):
    logits, probabilities = build(attention, classifier_activation=None), build(attention)
    fill_weights(logits)
    probabilities.set_weights(logits.get_weights())
    exponentials = np.exp(forward(logits, images(2, 64, 64)))
    expected = exponentials / exponentials.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(forward(probabilities, images(2, 64, 64)), expected, rtol=1e-4)


@FAMILIES
def test_preprocessing_is_a_scaling(attention):
    inside, outside = build(attention), build(attention, include_preprocessing=False)
    fill_weights(inside)
    outside.set_weights(inside.get_weights())
    batch = images(1, 33, 47)
    assert_close(forward(inside, batch), forward(outside, batch / np.float32(255)))
    assert_close(forward(inside, batch.astype("uint8")), forward(inside, np.floor(batch)))


@FAMILIES
def test_dropout_acts_in_training(attention):
    model = build(attention)
    names = [layer.name for layer in model.layers]
    assert ("dropout" in names) == (attention == "multi_head")
    if attention == "multi_head":
        assert model.get_layer("dropout").rate == 0.1


@FAMILIES
def test_predictions_are_float32_in_half_precision(attention):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = build(attention)
    assert model.output.dtype == "float32"
    assert model.get_layer("predictions").compute_dtype == "float32"
    assert model.get_layer("stage5_block1").compute_dtype == "bfloat16"


@FAMILIES
def test_trains(attention):
    model = build(attention, input_shape=(32, 32, 3))
    eager = keras.backend.backend() != "jax"  # tracing takes longer than six steps; `check_layer` compiles
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", run_eagerly=eager)
    history = model.fit(images(8, 32, 32), np.arange(8) % 7, batch_size=8, epochs=6, verbose=0).history["loss"]
    assert np.isfinite(history).all()
    assert min(history[3:]) < history[0]


def test_input_tensor_of_another_layer():
    photos = keras.Input((32, 48, 3), name="photos")
    model = build("separable", input_tensor=keras.layers.UpSampling2D(2)(photos), include_top=False)
    assert model.input is photos
    assert model.output_shape == (None, 2, 4, 10)  # of 64x96
    alone = build("separable", include_top=False)
    alone.set_weights(model.get_weights())
    batch = images(1, 32, 48)
    assert_close(forward(model, batch), forward(alone, batch.repeat(2, axis=1).repeat(2, axis=2)))


def test_models_inside_a_model():
    photos = keras.Input((64, 64, 3))
    both = keras.Model(photos, [build(attention, name=attention)(photos) for attention in TOP])
    assert [output.shape for output in both.outputs] == [(None, 7), (None, 7)]


def test_default_input_takes_any_size():
    assert build("separable").input_shape == (None, None, None, 3)
    assert build("separable", input_shape=[64, 96, 3]).input_shape == (None, 64, 96, 3)


BAD_ARGUMENTS = {
    "pooling": ({"include_top": False, "pooling": "sum"}, "`pooling` must be None, 'avg' or 'max'. .*pooling='sum'"),
    "pooling_with_top": (
        {"pooling": "avg"},
        "`pooling` is for `include_top=False`. Received: include_top=True, pooling=",
    ),
    "classes_zero": ({"classes": 0}, "`classes` must be a positive integer. Received: classes=0"),
    "classes_none": ({"classes": None}, "`classes` must be a positive integer. Received: classes=None"),
    "classes_float": ({"classes": 10.0}, "`classes` must be a positive integer. Received: classes=10.0"),
    "imagenet_classes": (
        {"variant": "mobilevitv3_050", "weights": "imagenet", "classes": 10},
        "`classes` must be 1000 with `weights='imagenet'` and `include_top=True`.* Received: classes=10",
    ),
    "imagenet_channels": (
        {"variant": "mobilevitv3_050", "weights": "imagenet", "classes": 1000, "input_shape": (64, 64, 1)},
        "`input_shape` must have 3 channels with `weights='imagenet'`. .*64, 64, 1",
    ),
    "imagenet_activation": (
        {"variant": "mobilevitv3_050", "weights": "imagenet", "classes": 1000, "classifier_activation": "relu"},
        "`classifier_activation` must be None or 'softmax' with pretrained weights. .*classifier_activation='relu'",
    ),
    "variant": ({"variant": "resnet50"}, "`variant` must be a `BackboneConfig` or one of .*variant='resnet50'"),
    "small": (
        {"input_shape": (31, 64, 3)},
        "`input_shape` must be of shape .*at least 32 or None. Received: shape .31",
    ),
    "two_axes": ({"input_shape": (64, 64)}, "`input_shape` must be of shape `.height, width, channels.`"),
    "not_a_tensor": ({"input_tensor": np.zeros((1, 64, 64, 3))}, "`input_tensor` must be a Keras tensor. Received"),
    "two_shapes": (
        {"input_tensor": keras.KerasTensor((None, 64, 64, 3)), "input_shape": (96, 96, 3)},
        "`input_shape` must be None or the shape of `input_tensor`. .*input_shape=.96, 96, 3.*of shape .64, 64, 3",
    ),
}


@pytest.mark.parametrize("case", BAD_ARGUMENTS)
def test_bad_argument(case):
    arguments, message = BAD_ARGUMENTS[case]
    with pytest.raises(ValueError, match=message):
        build_classifier(**{"variant": TOP["separable"], "weights": None, "classes": 7, **arguments})


def test_channels_first_is_refused():
    keras.config.set_image_data_format("channels_first")
    with pytest.raises(ValueError, match="channels last only"):
        build("separable")
