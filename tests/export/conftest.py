"""Served models of each task, exported once for all tests, with the models that they come from."""

import keras
import pytest

from keras_mobilevitv3 import DeepLabV3, SSDLite, export
from keras_mobilevitv3.export.sample_photographs import sample_photographs
from tests.check_layer import fill_weights
from tests.tiny_networks import TINY, tiny_classifier

NAMES = ("apple", "pear", "plum", "fig", "quince")


def served(model, folder, **arguments):
    return model, export(model, folder / model.name, verbose=False, **arguments)


def balance_classes(segmenter):
    """Changes the biases so that photos have pixels of several classes."""
    logits = segmenter(sample_photographs(segmenter.input_shape[1:3])[0])
    bias = segmenter.get_layer("classifier").conv.bias
    bias.assign(bias - keras.ops.mean(logits, axis=(0, 1, 2)))


@pytest.fixture(scope="session")
def served_classifier(tmp_path_factory):
    model = tiny_classifier("multi_head", input_shape=(64, 96, 3), name="fruit")
    fill_weights(model)
    return served(model, tmp_path_factory.mktemp("served"), class_names=NAMES)


@pytest.fixture(scope="session", params=["multi_head", "separable"])
def served_segmenter(request, tmp_path_factory):
    model = DeepLabV3(TINY[request.param], classes=7, input_shape=(64, 96, 3), aux_head=True, name="segmenter")
    fill_weights(model)
    balance_classes(model)
    return served(model, tmp_path_factory.mktemp("served"), class_map=request.param == "multi_head")


@pytest.fixture(scope="session")
def served_detector(tmp_path_factory):
    settings = {"confidence_threshold": 0.3, "max_detections": 30}
    model = SSDLite(
        TINY["separable"], classes=2, input_shape=(64, 96, 3), include_preprocessing=False, name="detector", **settings
    )
    fill_weights(model)
    photos = sample_photographs((64, 96))[0][:2] / 255.0
    return served(model, tmp_path_factory.mktemp("served"), class_names=["cat", "dog"], samples=photos)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Paths of photos of three sizes, in PNG and JPEG."""
    image = pytest.importorskip("PIL.Image")
    from sklearn.datasets import load_sample_image

    folder = tmp_path_factory.mktemp("pictures")
    paths = []
    for name, size, suffix in (("china", (140, 90), "png"), ("flower", (80, 131), "png"), ("china", (50, 40), "jpg")):
        paths.append(folder / f"{name}_{size[0]}.{suffix}")
        image.fromarray(load_sample_image(f"{name}.jpg")).resize(size).save(paths[-1])
    return paths
