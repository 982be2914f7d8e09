"""What is frozen stays frozen in every copy of a model, and learns nothing."""

import pickle

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3, PSPNet, SSDLite, build_backbone, build_classifier
from keras_mobilevitv3.layers.composite_layer import sublayers
from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW

SHAPE = (64, 64, 3)
JAX = keras.backend.backend() == "jax"


def classifier(attention, **kwargs):
    return build_classifier(SHALLOW[attention], weights=None, classes=3, input_shape=SHAPE, **kwargs)


def segmenter(head, attention, **kwargs):
    backbone = build_backbone(SHALLOW[attention], input_shape=SHAPE, output_stride=8)
    return head(backbone, classes=3, output_stride=8, aux_head=True, **kwargs)


def nested():
    features = build_backbone(SHALLOW["separable"], input_shape=SHAPE)
    features = keras.Model(features.input, features.output["P5"], name="features")
    images = keras.Input(SHAPE)
    vectors = keras.layers.GlobalAveragePooling2D(name="pool")(features(images))
    return keras.Model(images, keras.layers.Dense(3, name="scores")(vectors))


NETWORKS = {
    "multi_head": lambda: classifier("multi_head"),
    "separable": lambda: classifier("separable"),
    "deeplabv3": lambda: segmenter(DeepLabV3, "separable", aspp_filters=6),
    "pspnet": lambda: segmenter(PSPNet, "multi_head", psp_filters=6, pool_sizes=(1, 2)),
    "ssdlite": lambda: SSDLite(SHALLOW["multi_head"], classes=2, input_shape=SHAPE),
    "nested": nested,
}


def from_file(model, path):
    model.save(path / "model.keras")
    return keras.saving.load_model(path / "model.keras")


COPIES = {
    "file": from_file,
    "clone": lambda model, path: keras.models.clone_model(model),
    "config": lambda model, path: type(model).from_config(model.get_config()),
    "pickle": lambda model, path: pickle.loads(pickle.dumps(model)),
}


def freeze_at_random(model, seed):
    """A third of all layers, inner ones too; of the layers in them some are trained again."""
    draws = np.random.default_rng(seed)
    for _, layer in sublayers(model):
        draw = draws.random()
        if draw < 0.5:
            layer.trainable = draw > 0.3


def flags(model):
    """Of layers with weights; Keras does not keep those of inputs and of `SpatialDropout2D`."""
    return {name: layer.trainable for name, layer in sublayers(model) if layer.weights}


def paths(variables):
    return [variable.path for variable in variables]


def assert_same_flags(copy, model):
    assert flags(copy) == flags(model)
    assert paths(copy.trainable_variables) == paths(model.trainable_variables)


@pytest.mark.once
@pytest.mark.parametrize(
    ("network", "way"), zip(NETWORKS, ["pickle", "clone", "config", "clone", "config", "file"], strict=True)
)
def test_every_layer_of_a_network(network, way, tmp_path):
    model = NETWORKS[network]()
    count = len(model.trainable_variables)
    freeze_at_random(model, list(NETWORKS).index(network))
    assert 0 < len(model.trainable_variables) < count
    assert_same_flags(COPIES[way](model, tmp_path), model)


@pytest.mark.once
def test_batch_norms_backbone_and_whole_model():
    model = NETWORKS["nested"]()
    copy = COPIES["config"]
    for _, layer in sublayers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    assert_same_flags(copy(model, None), model)
    model.get_layer("features").trainable = False
    assert paths(copy(model, None).trainable_variables) == ["scores/kernel", "scores/bias"]
    model.trainable = False
    assert not any(flags(copy(model, None)).values())


@pytest.mark.release("jax", "tensorflow")
@pytest.mark.parametrize("attention", ["multi_head"] if JAX else SHALLOW)
def test_a_resumed_run_trains_the_same_weights(attention, tmp_path):
    """A step moves what is not frozen, statistics of batch norms too, and nothing else, before and after loading."""
    model = classifier(attention)
    freeze_at_random(model, 3)
    model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy", run_eagerly=not JAX)
    if JAX:  # which compiles long: one step is enough
        model.optimizer.build(model.trainable_variables)
    else:
        fit_and_check(model)
    loaded = from_file(model, tmp_path)
    assert_same_flags(loaded, model)
    assert paths(loaded.optimizer.variables) == paths(model.optimizer.variables)
    for one, other in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (one, other)))
    loaded.run_eagerly = not JAX
    fit_and_check(loaded)


def fit_and_check(model):
    images, labels = uniform("freezing/images", (4, *SHAPE), 0, 255), np.array([0, 1, 2, 0])
    before = model.get_weights()
    model.fit(images, labels, batch_size=4, verbose=0)
    norms = [layer for _, layer in sublayers(model) if isinstance(layer, keras.layers.BatchNormalization)]
    statistics = [weight for norm in norms if norm.trainable for weight in norm.non_trainable_weights]
    learning = {*paths(model.trainable_variables), *paths(statistics)}
    moved = {
        weight.path
        for weight, old in zip(model.weights, before, strict=True)
        if not np.array_equal(keras.ops.convert_to_numpy(weight), old)
    }
    assert moved == learning and len(learning) < len(model.weights)
