"""Served models of each task, exported once for all tests, with the models that they come from."""

import copy
import json

import keras
import pytest

from keras_mobilevitv3 import DeepLabV3, SSDLite, build_classifier, export
from keras_mobilevitv3.exporting.sample_photographs import sample_photographs
from tests.check_layer import fill_weights
from tests.tiny_networks import SHALLOW

NAMES = ("apple", "pear", "plum", "fig", "quince")


def served(model, folder, **arguments):
    return model, export(model, folder / model.name, verbose=False, **arguments)


def balance_classes(segmenter):
    """Changes the biases so that photos have pixels of several classes."""
    logits = segmenter(sample_photographs((64, 96))[0])
    bias = segmenter.get_layer("classifier").conv.bias
    bias.assign(bias - keras.ops.mean(logits, axis=(0, 1, 2)))


@pytest.fixture(scope="session")
def served_classifier(tmp_path_factory):
    model = build_classifier(SHALLOW["multi_head"], weights=None, classes=5, input_shape=(64, 96, 3), name="fruit")
    fill_weights(model)
    return served(model, tmp_path_factory.mktemp("served"), class_names=NAMES)


@pytest.fixture(scope="session", params=["multi_head", pytest.param("separable", marks=pytest.mark.release)])
def served_segmenter(request, tmp_path_factory):
    """One of any size that gives classes, and one of a fixed size that gives logits."""
    fixed = request.param == "separable"
    size = (64, 96) if fixed else (None, None)
    model = DeepLabV3(SHALLOW[request.param], classes=7, input_shape=(*size, 3), aux_head=True, name="segmenter")
    fill_weights(model)
    balance_classes(model)
    photos = sample_photographs((64, 96))[0][:2]
    return served(model, tmp_path_factory.mktemp("served"), class_map=not fixed, samples=photos)


@pytest.fixture(scope="session")
def served_detector(tmp_path_factory):
    settings = {"confidence_threshold": 0.3, "max_detections": 30}
    model = SSDLite(
        SHALLOW["separable"],
        classes=2,
        input_shape=(64, 96, 3),
        include_preprocessing=False,
        name="detector",
        **settings,
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


@pytest.fixture(scope="session")
def conversions():
    """What networks were converted to, by their config, their weights and what else tells conversions apart."""
    return {}


@pytest.fixture
def shared_conversions(conversions, monkeypatch):
    """Each network is converted once: files of all precisions start from the same, and OpenVINO from that of ONNX."""
    from keras_mobilevitv3.exporting.formats import litert, onnx

    def once(convert):
        def convert_once(model, **options):
            config = json.dumps([convert.__name__, options, model.get_config()], sort_keys=True)
            key = config, *(weight.tobytes() for weight in model.get_weights())
            if key not in conversions:
                conversions[key] = convert(model, **options)
            return copy.deepcopy(conversions[key])

        return convert_once

    monkeypatch.setattr(onnx, "convert_to_onnx", once(onnx.convert_to_onnx))
    monkeypatch.setattr(litert, "convert_to_litert", once(litert.convert_to_litert))
