import inspect
import pickle
from dataclasses import replace

import keras
import numpy as np
import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import VARIANTS
from keras_mobilevitv3.classification import classifier as models
from keras_mobilevitv3.classification.classifier import build_classifier
from tests.backbones.test_backbone import OWN
from tests.check_layer import fill_weights
from tests.check_model import assert_close, check_model, forward
from tests.compiled import COMPILED_FAMILIES
from tests.reference_arrays import uniform

TOP = {attention: replace(config, num_blocks=(1, 1), attention_depths=(1, 1, 1)) for attention, config in OWN.items()}
TOP["multi_head"] = replace(TOP["multi_head"], head_filters=20, classifier_dropout=0.1, dropout=0.1)
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


@pytest.mark.once
def test_a_callable_for_each_row_and_a_row_for_each_callable():
    public = {name for name in vars(models) if name.startswith("MobileViT")}
    assert public == set(CALLABLES)
    assert set(CALLABLES.values()) == set(VARIANTS) - ABLATION
    assert public == {name for name in keras_mobilevitv3.__all__ if name.startswith("MobileViT")}


@pytest.mark.once
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


@pytest.mark.once
@pytest.mark.parametrize("name", CALLABLES)
def test_callable_pickles(name):
    function = getattr(models, name)
    assert pickle.loads(pickle.dumps(function)) is function


@pytest.mark.once
@pytest.mark.parametrize("name", ["MobileViTV3XXS", "MobileViTV3_050", "MobileViTXXS", "MobileViTV2_050"])
def test_callable_builds_its_row(name):
    model = getattr(models, name)(weights=None, input_shape=(64, 64, 3))
    row = VARIANTS[CALLABLES[name]]
    assert model.name == CALLABLES[name]
    assert model.output_shape == (None, 1000)
    block = model.get_layer("stage4_block1")
    assert (block.filters, block.dim, block.attention) == (row.filters[3], row.attention_dims[1], row.attention)
    assert block.fusion_input == row.fusion_input


@pytest.mark.once
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


def test_model(tmp_path):
    """Of the family with a convolution before the pooling; `tests/backbones` has the other one."""
    model = check_model(lambda shape: build("multi_head", input_shape=shape), (2, 33, 47, 3), (2, 7), tmp_path)
    assert model.name == "mobilevit"
    probabilities = forward(model, uniform("check_model/inputs", (2, 33, 47, 3), 0, 255))
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, rtol=1e-5)


@pytest.fixture(scope="module", params=TOP)
def extractor(request):
    """Family, model without the top, and its feature maps of two images."""
    model = build(request.param, include_top=False)
    fill_weights(model)
    return request.param, model, forward(model, images(2, 64, 96))


def test_feature_map(extractor):
    attention, model, maps = extractor
    names = [layer.name for layer in model.layers]
    assert ("head_conv" in names) == (attention == "multi_head")
    assert "predictions" not in names and "dropout" not in names
    assert maps.shape == (2, 2, 3 + (attention == "separable"), FEATURES[attention])
    fixed = build(attention, include_top=False, input_shape=(64, 96, 3))
    assert fixed.output_shape == (None, *maps.shape[1:])


def test_pooling(extractor):
    attention, model, maps = extractor
    pooling, reduce = {"multi_head": ("max", np.max), "separable": ("avg", np.mean)}[attention]
    vectors = build(attention, include_top=False, pooling=pooling)
    vectors.set_weights(model.get_weights())
    assert vectors.output_shape == (None, FEATURES[attention])
    assert vectors.layers[-1].name == f"{pooling}_pool"
    found = forward(vectors, images(2, 64, 96))
    np.testing.assert_allclose(found, reduce(maps, axis=(1, 2)), rtol=1e-4, atol=1e-5)


def test_top_is_pooling_a_linear_layer_and_a_softmax(extractor):
    attention, model, maps = extractor
    kernel, bias = uniform("top/kernel", (maps.shape[-1], 7), -1, 1), uniform("top/bias", (7,), -1, 1)
    logits = maps.mean(axis=(1, 2)) @ kernel + bias
    exponentials = np.exp(logits - logits.max())
    probabilities = exponentials / exponentials.sum(axis=-1, keepdims=True)
    for activation, expected in ((None, logits), ("softmax", probabilities)):
        classifier = build(attention, classifier_activation=activation)
        classifier.set_weights([*model.get_weights(), kernel, bias])
        found = forward(classifier, images(2, 64, 96))
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_preprocessing_is_a_scaling():
    inside, outside = build("separable"), build("separable", include_preprocessing=False)
    fill_weights(inside)
    outside.set_weights(inside.get_weights())
    batch = images(1, 33, 47)
    assert_close(forward(inside, batch), forward(outside, batch / np.float32(255)))
    assert_close(forward(inside, batch.astype("uint8")), forward(inside, np.floor(batch)))


@pytest.mark.once
@FAMILIES
def test_dropout_acts_in_training(attention):
    model = build(attention)
    names = [layer.name for layer in model.layers]
    assert ("dropout" in names) == (attention == "multi_head")
    if attention == "multi_head":
        assert model.get_layer("dropout").rate == 0.1


@pytest.mark.once
@FAMILIES
def test_predictions_are_float32_in_half_precision(attention):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = build(attention)
    assert model.output.dtype == "float32"
    assert model.get_layer("predictions").compute_dtype == "float32"
    assert model.get_layer("stage5_block1").compute_dtype == "bfloat16"


@pytest.mark.backend("torch", "tensorflow")  # the training tests compile steps of classifiers on JAX
@pytest.mark.parametrize("attention", COMPILED_FAMILIES)
def test_trains(attention):
    model = build(attention, input_shape=(32, 32, 3))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", run_eagerly=True)
    history = model.fit(images(8, 32, 32), np.arange(8) % 7, batch_size=8, epochs=4, verbose=0).history["loss"]
    assert np.isfinite(history).all()
    assert min(history[2:]) < history[0]


@pytest.mark.once
def test_input_tensor_of_another_layer():
    photos = keras.Input((32, 48, 3), name="photos")
    model = build("separable", input_tensor=keras.layers.UpSampling2D(2)(photos), include_top=False)
    assert model.input is photos
    assert model.output_shape == (None, 2, 4, 10)  # of 64x96
    alone = build("separable", include_top=False)
    alone.set_weights(model.get_weights())
    batch = images(1, 32, 48)
    assert_close(forward(model, batch), forward(alone, batch.repeat(2, axis=1).repeat(2, axis=2)))


@pytest.mark.once
def test_input_tensor_of_a_layer_of_the_same_name():
    photos = keras.Input((64, 64, 3))
    model = build("separable", input_tensor=keras.layers.Rescaling(255.0, name="rescaling")(photos))
    same = build("separable", include_preprocessing=False)
    same.set_weights(model.get_weights())
    batch = images(1, 64, 64) / 255
    assert_close(forward(model, batch), forward(same, batch))


@pytest.mark.once
def test_models_inside_a_model():
    photos = keras.Input((64, 64, 3))
    both = keras.Model(photos, [build(attention, name=attention)(photos) for attention in TOP])
    assert [output.shape for output in both.outputs] == [(None, 7), (None, 7)]


@pytest.mark.once
def test_default_input_takes_any_size():
    assert build("separable").input_shape == (None, None, None, 3)
    assert build("separable", input_shape=[64, 96, 3]).input_shape == (None, 64, 96, 3)


BAD_ARGUMENTS = {
    "pooling": ({"include_top": False, "pooling": "sum"}, "`pooling` must be None, 'avg' or 'max'. .*pooling='sum'"),
    "pooling_with_top": (
        {"pooling": "avg"},
        "`pooling` must be None with `include_top=True`. Received: pooling=",
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


@pytest.mark.once
@pytest.mark.parametrize("case", BAD_ARGUMENTS)
def test_bad_argument(case):
    arguments, message = BAD_ARGUMENTS[case]
    with pytest.raises(ValueError, match=message):
        build_classifier(**{"variant": TOP["separable"], "weights": None, "classes": 7, **arguments})


@pytest.mark.once
def test_channels_first_is_refused():
    keras.config.set_image_data_format("channels_first")
    with pytest.raises(ValueError, match="channels last only"):
        build("separable")
