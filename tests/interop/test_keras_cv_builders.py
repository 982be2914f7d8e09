"""What the builders refuse, and what KerasCV's own heads do."""

import keras_cv
import numpy as np
import pytest

from keras_mobilevitv3.interop import keras_cv as interop
from tests.interop.keras_cv_support import CLASSES, IMAGES, SIZE, WITHOUT_BUILDERS, masks
from tests.tiny_networks import SHALLOW

ARGUMENTS = {
    "deeplab_v3_plus": (CLASSES,),
    "segformer": (CLASSES,),
    "retinanet": (CLASSES, "xyxy"),
    "yolo_v8": (CLASSES, "xyxy"),
}
BAD_SIZES = {"multi_head": (48, 64, 3), "separable": (96, 64, 3)}

EXAMPLES = ("SegFormer", "YOLOV8Detector")  # one of each error; the release tests take the others
FAILING = [
    pytest.param(case, marks=[pytest.mark.backend(case[2]), *([] if case[0] in EXAMPLES else [pytest.mark.release])])
    for case in WITHOUT_BUILDERS
]


@pytest.mark.once
@pytest.mark.parametrize("head", ARGUMENTS)
def test_errors(head):
    build, arguments = getattr(interop, head), ARGUMENTS[head]
    with pytest.raises(ValueError, match="`input_shape` must be of known height and width"):
        build(SHALLOW["separable"], *arguments, input_shape=(None, None, 3))
    with pytest.raises(ValueError, match="`classes` must be a positive integer. Received: classes=0"):
        build(SHALLOW["separable"], 0, *arguments[1:])
    with pytest.raises(ValueError, match="`steps` must be a positive integer or None. Received: steps=0"):
        build(SHALLOW["separable"], *arguments, input_shape=(SIZE, SIZE, 3), steps=0)


@pytest.mark.once
@pytest.mark.parametrize("head", [head for head in ARGUMENTS if head != "segformer"])
def test_errors_of_sizes(head):
    build, arguments = getattr(interop, head), ARGUMENTS[head]
    with pytest.raises(
        ValueError, match="`output_stride` must be 32.*16 (or|and) 8.*DeepLabV3.*Received: output_stride=16"
    ):
        build(SHALLOW["separable"], *arguments, output_stride=16)
    for attention, shape in BAD_SIZES.items():
        with pytest.raises(ValueError, match="multiples of 32, or of 64 in the separable family") as error:
            build(SHALLOW[attention], *arguments, input_shape=shape)
        assert str(shape) in str(error.value)


@pytest.mark.once
def test_errors_of_arguments():
    with pytest.raises(ValueError, match=r"`dropout` must be in \[0, 1\). Received: dropout=1.0"):
        interop.deeplab_v3_plus(SHALLOW["separable"], CLASSES, dropout=1.0)
    with pytest.raises(ValueError, match="`anchor_sizes` must be five numbers"):
        interop.retinanet(SHALLOW["separable"], CLASSES, "xyxy", anchor_sizes=(16, 32))
    with pytest.raises(ValueError, match="`bounding_box_format` must be one of"):
        interop.yolo_v8(SHALLOW["separable"], CLASSES, "corners")


@pytest.mark.once
@pytest.mark.parametrize("name", interop.UNAVAILABLE)
def test_models_that_keras_cv_does_not_have(name):
    with pytest.raises(AttributeError, match="use `"):
        getattr(interop, name)


@pytest.mark.once
def test_widths_that_segformer_of_keras_cv_refuses():
    features = interop.backbone("mobilevitv3_xs", input_shape=(SIZE, SIZE, 3))
    with pytest.raises(ValueError, match="unique"):
        keras_cv.models.SegFormer(features, num_classes=CLASSES)
    model = interop.KerasCVSegFormer(features, num_classes=CLASSES, projection_filters=8)
    assert model.output.shape == (None, SIZE, SIZE, CLASSES)


@pytest.mark.parametrize("head", FAILING, ids=str)
def test_heads_of_keras_cv_that_fail(head):
    kind, use, _ = head
    formats = {"bounding_box_format": "xyxy"} if use == "predict" else {}
    features = interop.backbone(SHALLOW["multi_head"], input_shape=(SIZE, SIZE, 3))
    model = getattr(keras_cv.models, kind)(features, num_classes=CLASSES, **formats)
    with pytest.raises((RuntimeError, ImportError), match=WITHOUT_BUILDERS[head]):
        if use == "predict":
            model.predict(IMAGES, verbose=0)
        else:
            model.compile("adamw", "sparse_categorical_crossentropy")
            model.fit(IMAGES, np.minimum(masks(), CLASSES - 1), verbose=0)
