"""8 bits in each format, run in its own runtime."""

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import build_classifier, export
from keras_mobilevitv3.exporting.runtimes import open_artefact
from keras_mobilevitv3.exporting.sample_photographs import sample_photographs
from tests.check_layer import fill_weights
from tests.exporting.litert_parts import litert_parts
from tests.tiny_networks import SHALLOW, tiny_classifier

pytestmark = pytest.mark.usefixtures("shared_conversions")
SIZE = (64, 96)
# What 8 bits may change of the scores of these random networks, as the root of the mean square; measured: 0.094.
ALLOWED = 0.2
FAMILIES = ("multi_head", "separable")
FILES = [("separable", "litert", "int8"), ("multi_head", "onnx", "int8")]
# OpenVINO reads the ONNX graph, and 8 bits without calibration are those of the same operations of LiteRT.
FILES += [("separable", "litert", "dynamic_int8")]
OTHERS = [
    ("multi_head", "litert", "int8"),
    ("separable", "onnx", "int8"),
    ("separable", "openvino", "int8"),
    ("multi_head", "openvino", "int8"),
    ("multi_head", "litert", "dynamic_int8"),
]
SUFFIXES = {"litert": ".tflite", "onnx": ".onnx", "openvino": ".xml"}


@pytest.fixture(scope="module")
def classifiers():
    models = {family: tiny_classifier(family, input_shape=(*SIZE, 3)) for family in FAMILIES}
    for model in models.values():
        fill_weights(model)
    return models


@pytest.fixture(scope="module")
def photos():
    return sample_photographs(SIZE)[0].astype("float32")


def eight_bit_bytes(path, format):
    """How many bytes of a file are arrays of 8 bits."""
    if format == "litert":
        from ai_edge_litert.interpreter import Interpreter

        details = Interpreter(model_path=str(path)).get_tensor_details()
        return sum(np.prod(each["shape"]) for each in details if each["dtype"] == np.int8 and len(each["shape"]) > 1)
    import onnx

    return sum(
        len(each.raw_data) for each in onnx.load(path).graph.initializer if each.data_type == onnx.TensorProto.INT8
    )


@pytest.mark.backend("tensorflow")
@pytest.mark.parametrize(
    ("family", "format", "precision"), FILES + [pytest.param(*other, marks=pytest.mark.release) for other in OTHERS]
)
def test_nearly_the_same_numbers(classifiers, photos, tmp_path, family, format, precision):
    classifier, path = classifiers[family], tmp_path / f"net{SUFFIXES[format]}"
    calibration = {"calibration": photos} if precision == "int8" else {}
    report = export(classifier, path, format=format, precision=precision, samples=photos, verbose=False, **calibration)
    (scores,) = open_artefact(path, format)(photos).values()
    expected = keras.ops.convert_to_numpy(classifier(photos))
    error = np.sqrt(np.mean((scores - expected) ** 2) / np.mean(expected**2))
    assert 1e-6 < error < ALLOWED
    assert report.precision == precision and report.size == sum(
        file.stat().st_size for file in tmp_path.iterdir() if ".card." not in file.name
    )
    if format != "openvino":
        kernels = [weight.shape for weight in classifier.trainable_weights if weight.name == "kernel"]
        if precision == "dynamic_int8":
            kernels = [shape for shape in kernels if shape[-1] > 1]  # without depthwise convolutions
        assert eight_bit_bytes(path, format) >= 0.9 * sum(map(np.prod, kernels))
    if format == "litert":
        assert litert_parts(path) == 1


@pytest.mark.once
@pytest.mark.parametrize(
    ("precision", "calibration", "message"),
    [
        ("int8", None, "`calibration` must be images for the precision 'int8'"),
        ("float16", np.zeros((1, *SIZE, 3)), "`calibration` must be None unless"),
        ("int8", np.zeros((1, 8, 8, 3)), r"`calibration` must be images of shape \(batch, 64, 96, 3\)"),
        ("int8", np.zeros((0, *SIZE, 3)), "`calibration` must be images of shape"),
    ],
)
def test_wrong_calibration(tmp_path, precision, calibration, message):
    classifier = build_classifier(SHALLOW["separable"], weights=None, classes=5, input_shape=(*SIZE, 3))
    with pytest.raises(ValueError, match=message):
        export(classifier, tmp_path / "net.tflite", format="litert", precision=precision, calibration=calibration)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.backend("tensorflow")
def test_values_that_are_nearly_the_same(photos, tmp_path):
    """Of these ONNX Runtime makes no histogram: the next numbers of float32 are too far away."""
    constant = keras.layers.Conv2D(2, 1, kernel_initializer=keras.initializers.Constant(1e-9), bias_initializer="ones")
    layers = [constant, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, bias_initializer="ones")]
    model = keras.Sequential([keras.Input((*SIZE, 3)), *layers])
    path = tmp_path / "net.onnx"
    report = export(model, path, "onnx", "int8", samples=photos, calibration=photos, verbose=False)
    assert report.difference < 0.02
