import keras
import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3, SSDLite, build_classifier, export
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.exporting.runtimes import open_artefact
from keras_mobilevitv3.inference.single_precision import in_single_precision
from keras_mobilevitv3.layers import ConvNormAct
from keras_mobilevitv3.layers.composite_layer import sublayers
from tests.check_layer import fill_weights
from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW

SHAPE = (64, 64, 3)
NETWORKS = {
    "classifier": lambda: build_classifier(SHALLOW["multi_head"], weights=None, classes=3, input_shape=SHAPE),
    "segmenter": lambda: DeepLabV3(SHALLOW["separable"], classes=3, input_shape=SHAPE, aspp_filters=4),
    "detector": lambda: SSDLite(SHALLOW["multi_head"], classes=2, input_shape=SHAPE, max_detections=7),
}


@pytest.mark.once
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
def test_the_copy_computes_in_float32_with_the_same_weights(policy):
    """Of each task, with one policy each."""
    number = ["mixed_float16", "mixed_bfloat16", "float16"].index(policy)
    keras.config.set_dtype_policy(policy)
    model = list(NETWORKS.values())[number]()
    keras.config.set_dtype_policy("float32")
    copy = in_single_precision(model)
    assert type(copy) is type(model) and copy.name == model.name
    assert {layer.compute_dtype for _, layer in sublayers(copy)} == {"float32"}
    for one, other in zip(copy.get_weights(), model.get_weights(), strict=True):
        assert one.dtype == "float32"
        np.testing.assert_array_equal(one, other)
    assert in_single_precision(copy) is copy
    if policy == "float16":
        assert copy.max_detections == 7


def small_classifier(policy="float32"):
    images = keras.Input((8, 8, 3), name="images")
    features = keras.layers.Rescaling(1 / 255.0, name="rescaling")(images)
    features = ConvNormAct(4, strides=2, dtype=policy, name="conv")(features)
    vectors = keras.layers.GlobalAveragePooling2D(dtype=policy, name="pool")(features)
    scores = keras.layers.Dense(3, activation="softmax", dtype="float32", name="predictions")(vectors)
    model = keras.Model(images, scores, name="small")
    fill_weights(model)
    return model


def pictures(count):
    return uniform(f"single_precision/{count}", (count, 8, 8, 3), 0, 255).astype("float32")


@pytest.mark.backend("tensorflow")
@pytest.mark.parametrize("format", ["litert", "onnx", "saved_model"])
def test_a_model_of_mixed_precision(format, tmp_path):
    """The file has the numbers of the same weights in float32."""
    model = small_classifier("mixed_float16")
    path = tmp_path / f"net{FORMATS[format].suffix}"
    report = export(model, path, format=format, samples=pictures(2), verbose=False)
    assert report.difference < 1e-5
    scores = open_artefact(report.path, format)(pictures(2))["scores"]
    np.testing.assert_allclose(scores, keras.ops.cast(model(pictures(2)), "float32"), atol=0.02)
    if format == "litert":
        with pytest.raises(ValueError, match="was written for 1 image a call .*Received: 2 images"):
            open_artefact(report.path, format, one_by_one=False)(pictures(2))


@pytest.mark.backend("tensorflow")
@pytest.mark.parametrize("format", ["litert", "onnx", "saved_model"])
def test_a_file_for_two_images_refuses_another_number(format, tmp_path):
    model = small_classifier()
    path = tmp_path / f"net{FORMATS[format].suffix}"
    report = export(model, path, format=format, samples=pictures(3), batch_size=2, verbose=False)
    assert report.difference < 1e-5
    run = open_artefact(report.path, format)
    np.testing.assert_allclose(run(pictures(2))["scores"], model(pictures(2)), atol=1e-5)
    for count in (1, 3):
        with pytest.raises(ValueError, match=f"was written for 2 images a call .*Received: {count} images"):
            run(pictures(count))


@pytest.mark.once
@pytest.mark.parametrize("batch_size", [0, -1, 1.0, True, "2"])
def test_bad_batch_size(batch_size, tmp_path):
    with pytest.raises(ValueError, match="`batch_size` must be a positive integer or None. Received: batch_size="):
        export(small_classifier(), tmp_path / "net.onnx", format="onnx", batch_size=batch_size)


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
@pytest.mark.parametrize("format", ["litert", "onnx", "openvino"])
def test_a_model_that_keras_has_quantized(format, tmp_path):
    model = small_classifier()
    model.quantize("int8")
    message = f"`model` must not be quantized by Keras for '{format}': .*`quantize`.*1 quantized layers.*'predictions'"
    with pytest.raises(ValueError, match=message):
        export(model, tmp_path / f"net{FORMATS[format].suffix}", format=format)
    assert not list(tmp_path.iterdir())
