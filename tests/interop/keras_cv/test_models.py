"""Each model of KerasCV is built, trained for a step, used, saved and loaded, on every backend."""

import keras
import keras_cv
import numpy as np
import pytest

from keras_mobilevitv3.interop import keras_cv as interop
from tests.reference_arrays import uniform
from tests.tiny_networks import TINY

SIZE, CLASSES = 64, 3
# Head: network, KerasCV's class and the arguments of `compile` beside the optimizer.
SEGMENTERS = {
    "deeplab_v3_plus": ("separable", keras_cv.models.DeepLabV3Plus),
    "segformer": ("multi_head", keras_cv.models.SegFormer),
}
DETECTORS = {
    "retinanet": ("multi_head", keras_cv.models.RetinaNet, ("smoothl1", "focal")),
    "yolo_v8": ("separable", keras_cv.models.YOLOV8Detector, ("ciou", "binary_crossentropy")),
}
pytestmark = pytest.mark.usefixtures("instant_weights")


def images():
    return uniform("keras_cv/images", (2, SIZE, SIZE, 3), 0, 255)


def boxes():
    """Two boxes in the first image and one in the second."""
    return {
        "boxes": np.array([[[4, 8, 40, 50], [20, 0, 64, 30]], [[0, 0, 60, 60], [-1, -1, -1, -1]]], "float32"),
        "classes": np.array([[1, 2], [0, -1]], "float32"),
    }


def masks():
    masks = uniform("keras_cv/masks", (2, SIZE, SIZE), 0, CLASSES).astype("int32")
    masks[:, :4] = 255
    return masks


@pytest.fixture(scope="module", params=SEGMENTERS)
def segmenter(request, instant_weights):
    attention, kind = SEGMENTERS[request.param]
    model = getattr(interop, request.param)(TINY[attention], CLASSES, input_shape=(SIZE, SIZE, 3))
    assert isinstance(model, kind)
    return model


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request, instant_weights):
    attention, kind, losses = DETECTORS[request.param]
    arguments = {"input_shape": (SIZE, SIZE, 3), "confidence_threshold": 0.004, "max_detections": 9}
    model = getattr(interop, request.param)(TINY[attention], CLASSES, "xyxy", **arguments)
    assert isinstance(model, kind)
    return model, dict(zip(("box_loss", "classification_loss"), losses))


def check_step(model, targets, compile_arguments):
    """One step of `fit` after compiling again: on TensorFlow without a graph, on JAX with the head alone, for speed."""
    settings = {"tensorflow": {"run_eagerly": True}}.get(keras.backend.backend(), {})
    model.backbone.trainable = keras.backend.backend() != "jax"
    optimizer = model.optimizer.from_config({**model.optimizer.get_config(), "learning_rate": 1e-3})
    model.compile(optimizer=optimizer, **compile_arguments, **settings)
    before = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_variables]
    history = model.fit(images(), targets, batch_size=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    after = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_variables]
    assert np.mean([np.any(one != other) for one, other in zip(before, after, strict=True)]) > 0.9


def check_files(model, expected, path):
    model.save(path / "model.keras")
    loaded = keras.saving.load_model(path / "model.keras")
    assert type(loaded) is type(model)
    assert isinstance(loaded.backbone, interop.KerasCVBackbone)
    found = loaded.predict(images(), verbose=0)
    keras.tree.map_structure(lambda one, other: np.testing.assert_allclose(one, other, atol=1e-4), found, expected)
    model.save_weights(path / "model.weights.h5")
    loaded.set_weights([0 * weight for weight in loaded.get_weights()])
    loaded.load_weights(path / "model.weights.h5")
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_segmenter(segmenter, tmp_path):
    loss = segmenter.loss
    assert loss.get_config()["from_logits"] and loss.get_config()["ignore_class"] == 255
    check_step(segmenter, masks(), {"loss": loss})
    logits = segmenter.predict(images(), verbose=0)
    assert logits.shape == (2, SIZE, SIZE, CLASSES) and logits.dtype == "float32"
    assert not np.allclose(logits.sum(-1), 1.0)
    check_files(segmenter, logits, tmp_path)


def test_detector(detector, tmp_path):
    model, losses = detector
    check_step(model, boxes(), losses)
    found = model.predict(images(), verbose=0)
    assert {key: values.shape for key, values in found.items()} == {
        "boxes": (2, 9, 4),
        "confidence": (2, 9),
        "classes": (2, 9),
        "num_detections": (2,),
    }
    assert found["num_detections"].max() > 0
    check_files(model, found, tmp_path)


def test_widths_that_segformer_of_keras_cv_refuses():
    features = interop.backbone("mobilevitv3_xs", input_shape=(SIZE, SIZE, 3))
    with pytest.raises(ValueError, match="unique"):
        keras_cv.models.SegFormer(features, num_classes=CLASSES)
    model = interop.KerasCVSegFormer(features, num_classes=CLASSES, projection_filters=8)
    assert model.output.shape == (None, SIZE, SIZE, CLASSES)


ARGUMENTS = {
    "deeplab_v3_plus": (CLASSES,),
    "segformer": (CLASSES,),
    "retinanet": (CLASSES, "xyxy"),
    "yolo_v8": (CLASSES, "xyxy"),
}
BAD_SIZES = {"multi_head": (48, 64, 3), "separable": (96, 64, 3)}


@pytest.mark.parametrize("head", ARGUMENTS)
def test_errors(head):
    build, arguments = getattr(interop, head), ARGUMENTS[head]
    with pytest.raises(ValueError, match="`input_shape` must be of known height and width"):
        build(TINY["separable"], *arguments, input_shape=(None, None, 3))
    with pytest.raises(ValueError, match="`classes` must be a positive integer. Received: classes=0"):
        build(TINY["separable"], 0, *arguments[1:])
    with pytest.raises(ValueError, match="`steps` must be a positive integer or None. Received: steps=0"):
        build(TINY["separable"], *arguments, input_shape=(SIZE, SIZE, 3), steps=0)


@pytest.mark.parametrize("head", [head for head in ARGUMENTS if head != "segformer"])
def test_errors_of_sizes(head):
    build, arguments = getattr(interop, head), ARGUMENTS[head]
    with pytest.raises(ValueError, match="`output_stride` must be 32.*for 16 or 8 use .*DeepLabV3"):
        build(TINY["separable"], *arguments, output_stride=16)
    for attention, shape in BAD_SIZES.items():
        with pytest.raises(ValueError, match="multiples of 32, in the separable family of 64") as error:
            build(TINY[attention], *arguments, input_shape=shape)
        assert str(shape) in str(error.value)


def test_errors_of_arguments():
    with pytest.raises(ValueError, match=r"`dropout` must be in \[0, 1\). Received: dropout=1.0"):
        interop.deeplab_v3_plus(TINY["separable"], CLASSES, dropout=1.0)
    with pytest.raises(ValueError, match="`anchor_sizes` must be five numbers"):
        interop.retinanet(TINY["separable"], CLASSES, "xyxy", anchor_sizes=(16, 32))
    with pytest.raises(ValueError, match="`bounding_box_format` must be one of"):
        interop.yolo_v8(TINY["separable"], CLASSES, "corners")


@pytest.mark.parametrize("name", interop.UNAVAILABLE)
def test_models_that_keras_cv_does_not_have(name):
    with pytest.raises(AttributeError, match="use `"):
        getattr(interop, name)
