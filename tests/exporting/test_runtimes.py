"""Files of each format through `export`, run in their own runtimes."""

import json

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3, SSDLite, build_classifier, export
from keras_mobilevitv3.exporting.runtimes import open_artefact
from keras_mobilevitv3.exporting.verify import compare
from tests.check_layer import fill_weights
from tests.exporting.litert_parts import litert_parts
from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW, tiny_classifier

pytestmark = pytest.mark.usefixtures("shared_conversions")
SHAPE = (64, 96, 3)
SUFFIXES = {"litert": ".tflite", "onnx": ".onnx", "openvino": ".xml"}
# TensorFlow writes the files whatever the backend; `test_export_model.py` has one written from each other backend.
on_tensorflow = pytest.mark.backend("tensorflow")


def classifier(attention):
    return lambda: tiny_classifier(attention, input_shape=SHAPE)


def segmenter():
    return DeepLabV3(SHALLOW["separable"], classes=4, input_shape=SHAPE, aux_head=True)


# Settings of a detector of which none lets it keep all that it finds.
DEFAULTS = {"confidence_threshold": 0.3, "candidates_per_class": None, "max_detections_per_class": 200}
FEW = {"max_detections": 30}
LIMITS = {"candidates_per_class": 25, "max_detections_per_class": 12, "max_detections": 20, "order": "score"}


NETWORKS = {"multi_head": classifier("multi_head"), "separable": classifier("separable"), "segmenter": segmenter}


def images(model):
    return uniform("runtimes/images", (3, *model.input_shape[1:]), 0.0, 255.0).astype("float32")


@pytest.fixture(scope="module")
def models():
    built = {name: network() for name, network in NETWORKS.items()}
    for model in built.values():
        fill_weights(model)
    return built


@pytest.fixture(scope="module")
def any_size():
    model = build_classifier(SHALLOW["multi_head"], weights=None, classes=5)
    fill_weights(model)
    return model


@pytest.fixture(scope="module")
def detector():
    model = SSDLite(SHALLOW["multi_head"], classes=2, input_shape=(96, 96, 3))
    fill_weights(model)
    return model


@on_tensorflow
@pytest.mark.parametrize(
    ("network", "format"),
    [
        ("separable", "onnx"),
        ("separable", "openvino"),
        ("multi_head", "litert"),
        pytest.param("separable", "litert", marks=pytest.mark.release),
        pytest.param("multi_head", "onnx", marks=pytest.mark.release),
        pytest.param("multi_head", "openvino", marks=pytest.mark.release),
        pytest.param("segmenter", "litert", marks=pytest.mark.release),
    ],
)
def test_same_numbers_as_keras(network, format, models, tmp_path):
    model = models[network]
    path = tmp_path / f"net{SUFFIXES[format]}"
    report = export(model, path, format=format, samples=images(model), verbose=False)
    assert (report.path, report.format, report.precision) == (path, format, "float32")
    assert report.difference < 1e-5
    (found,) = open_artefact(path, format, threads=1)(images(model)).values()
    expected = model(images(model), training=False)
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected), atol=1e-5 * np.abs(found).max())
    if (network, format) == ("multi_head", "litert"):
        assert litert_parts(path) == 1


@on_tensorflow
@pytest.mark.parametrize(
    "format",
    [pytest.param("litert", marks=pytest.mark.release), "onnx", pytest.param("openvino", marks=pytest.mark.release)],
)
def test_half_precision_of_weights(format, models, tmp_path):
    path = tmp_path / f"net{SUFFIXES[format]}"
    report = export(models["separable"], path, format=format, precision="float16", verbose=False)
    assert 1e-7 < report.difference < 3e-2
    (found,) = open_artefact(path, format)(images(models["separable"])).values()
    assert found.dtype == np.float32


@on_tensorflow
@pytest.mark.parametrize(
    ("settings", "format"),
    [
        (FEW, "litert"),
        (LIMITS, "onnx"),
        pytest.param(LIMITS, "openvino", marks=pytest.mark.release),  # which reads the ONNX graph
        pytest.param(FEW, "onnx", marks=pytest.mark.release),
        pytest.param(LIMITS, "litert", marks=pytest.mark.release),
    ],
)
def test_detections(settings, format, detector, tmp_path):
    for name, value in {**DEFAULTS, **settings}.items():
        setattr(detector, name, value)
    path = tmp_path / f"net{SUFFIXES[format]}"
    export(detector, path, format=format, samples=images(detector), verbose=False)
    found = open_artefact(path, format)(images(detector))
    expected = detector.predict(images(detector), verbose=0)
    assert set(found) == set(expected)
    np.testing.assert_array_equal(found["num_detections"], expected["num_detections"])
    np.testing.assert_array_equal(found["labels"], expected["labels"])
    np.testing.assert_allclose(found["confidence"], expected["confidence"], atol=1e-5)
    np.testing.assert_allclose(found["boxes"], expected["boxes"], atol=1e-3)


@on_tensorflow
@pytest.mark.release
@pytest.mark.parametrize(("format", "precision"), [("litert", "int8"), ("onnx", "float16")])
def test_detections_are_decoded_in_single_precision(format, precision, detector, tmp_path):
    for name, value in {**DEFAULTS, **LIMITS}.items():
        setattr(detector, name, value)
    options = {"tolerance": 1.0, "verbose": False}
    if precision == "int8":
        options["calibration"] = images(detector)
    found = {}
    for decoded in (True, False):
        path = tmp_path / f"{decoded}{SUFFIXES[format]}"
        export(detector, path, format, precision, postprocessing=decoded, **options)
        found[decoded] = open_artefact(path, format)(images(detector))
    expected = {name: np.asarray(values) for name, values in detector.decode_predictions(found[False]).items()}
    assert compare(expected, found[True], detector.image_size).absolute < 1e-6


@on_tensorflow
@pytest.mark.release
def test_a_detector_without_decoding_comes_with_its_anchors(detector, tmp_path):
    path = tmp_path / "net.tflite"
    export(detector, path, format="litert", samples=images(detector), postprocessing=False, verbose=False)
    found = open_artefact(path, "litert")(images(detector))
    expected = detector(images(detector), training=False)
    assert set(found) == set(expected) == {"class_logits", "box_regressions"}
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], atol=1e-5 * np.abs(values).max())
    np.testing.assert_array_equal(np.load(tmp_path / "net.tflite.anchors.npy"), detector.anchors)
    card = json.loads((tmp_path / "net.tflite.card.json").read_text())
    assert card["anchors"] == "net.tflite.anchors.npy" and "exp" in card["decoding"]


@on_tensorflow
@pytest.mark.parametrize(
    "format",
    ["onnx", pytest.param("openvino", marks=pytest.mark.release)],
)
def test_any_size(format, any_size, tmp_path):
    model = any_size
    path = tmp_path / f"net{SUFFIXES[format]}"
    samples = uniform("runtimes/samples", (1, 64, 96, 3), 0.0, 255.0).astype("float32")
    export(model, path, format=format, samples=samples, verbose=False)
    run = open_artefact(path, format)
    for shape in ((1, 64, 64, 3), (2, 50, 70, 3)):
        sized = uniform(f"runtimes/{shape}", shape, 0.0, 255.0).astype("float32")
        (found,) = run(sized).values()
        expected = keras.ops.convert_to_numpy(model(sized, training=False))
        np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.once
def test_unknown_format(tmp_path):
    with pytest.raises(ValueError, match=r"`format` must be one of \['litert', 'onnx', 'openvino', 'saved_model'\]"):
        open_artefact(tmp_path, "coreml")


@pytest.mark.once
def test_runtime_that_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"'litert' needs ai_edge_litert. .*keras-mobilevitv3\[export\]"):
        open_artefact(tmp_path, "litert")
